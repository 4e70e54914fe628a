import Foundation

/// A file to which several processes append lines: "P fingerprint" for a call that is paid for, "F fingerprint" for one
/// whose result stands in the journal.
final class Bill: Sendable {
  private let descriptor: Int32

  init(path: String) { descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644) }
  deinit { close(descriptor) }

  func write(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }

  /// What a bill comes to.
  struct Account {
    var paid: [String: Int] = [:]
    /// Calls paid again although their result stood in the journal.
    var paidAfterFinish: [String] = []
    var finished: Set<String> = []
    var total: Int { paid.values.reduce(0, +) }
    var paidAgain: Int { paid.values.reduce(0) { $0 + $1 - 1 } }
  }

  static func account(of path: String) throws -> Account {
    var account = Account()
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let fingerprint = String(line.dropFirst(2))
      if line.hasPrefix("F") {
        account.finished.insert(fingerprint)
      } else {
        account.paid[fingerprint, default: 0] += 1
        if account.finished.contains(fingerprint) { account.paidAfterFinish.append(fingerprint) }
      }
    }
    return account
  }
}
