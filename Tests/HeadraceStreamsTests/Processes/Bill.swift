import Foundation
import HeadraceCore

/// A file to which several processes append lines: "P fingerprint time" for a call that is paid for, "F fingerprint time"
/// for one whose result stands in the journal.
final class Bill: Sendable {
  private let descriptor: Int32

  init(path: String) { descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644) }
  deinit { close(descriptor) }

  func write(_ line: String) {
    let bytes = Array("\(line) \(Date.now.milliseconds)\n".utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }

  /// What a bill comes to.
  struct Account {
    var paid: [String: Int] = [:]
    /// Calls paid again although their result stood in the journal. What was decided before, and reached the server
    /// at about the same time, is not meant: a frozen process that wakes finishes its calls while its heir makes them.
    var paidAfterFinish: [String] = []
    var finished: Set<String> = []
    var total: Int { paid.values.reduce(0, +) }
    var paidAgain: Int { paid.values.reduce(0) { $0 + $1 - 1 } }
  }

  static func account(of path: String) throws -> Account {
    var account = Account()
    var finishedAt: [String: Int64] = [:]
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard parts.count == 3, let time = Int64(parts[2]) else { continue }
      let fingerprint = String(parts[1])
      if parts[0] == "F" {
        account.finished.insert(fingerprint)
        if finishedAt[fingerprint] == nil { finishedAt[fingerprint] = time }
      } else {
        account.paid[fingerprint, default: 0] += 1
        if let finished = finishedAt[fingerprint], time > finished + 1_500 {
          account.paidAfterFinish.append(fingerprint)
        }
      }
    }
    return account
  }
}
