import FoundationEssentials
import HeadraceCore
import Synchronization

/// Uploads files, several at once, and follows them to their end when asked to.
struct DocumentUploads: Sendable {
  let gateway: GatewayClient
  let isIdempotent: Bool
  let waits: Bool
  let format: OutputFormat

  /// How many uploads are under way at once.
  private static let concurrency = 4

  /// Uploads all `files`; each may have a name of its own.
  ///
  /// - Returns: Whether every file was taken and, when waited for, enriched.
  func run(_ files: [(path: String, name: String)]) async throws -> Bool {
    var receipts: [(path: String, receipt: JSONValue)] = []
    var allWell = true
    try await withThrowingTaskGroup(of: (Int, Result<JSONValue, any Error>).self) { group in
      var results: [Int: Result<JSONValue, any Error>] = [:]
      var next = 0
      func start() {
        guard next < files.count else { return }
        let (index, file) = (next, files[next])
        next += 1
        group.addTask {
          do {
            let key = isIdempotent ? try Self.idempotencyKey(file) : nil
            return (index, .success(try await gateway.upload(file: file.path, name: file.name, idempotencyKey: key)))
          } catch { return (index, .failure(error)) }
        }
      }
      for _ in 0..<Self.concurrency { start() }
      while let (index, result) = try await group.next() {
        results[index] = result
        start()
      }
      for (index, file) in files.enumerated() {
        switch results[index] {
        case .success(let receipt):
          receipts.append((file.path, receipt))
          if !waits || format == .table { try show(receipt, waits ? "acknowledged  " : "") }
        case .failure(let error):
          Terminal.note("\(file.path): \(error)")
          allWell = false
        case nil: break
        }
      }
    }
    guard waits else { return allWell }
    for (_, receipt) in receipts {
      guard let id = receipt["id"]?.string else { continue }
      let document = try await follow(id)
      switch format {
      case .json: try StandardOutput.print(document.text)
      case .table: try StandardOutput.print("\n" + DocumentText.result(document))
      }
      if document["state"]?.string != "enriched" { allWell = false }
    }
    return allWell
  }

  private func show(_ receipt: JSONValue, _ prefix: String) throws {
    switch format {
    case .json: try StandardOutput.print(receipt.text)
    case .table: try StandardOutput.print(prefix + DocumentText.receipt(receipt))
    }
  }

  /// Asks until the document has come to its end, and says on standard error how far it is.
  private func follow(_ id: String) async throws -> JSONValue {
    var last: String?
    while true {
      let document = try await gateway.document(id, wait: 2)
      if let state = document["state"]?.string, ["enriched", "failed", "deleted"].contains(state) { return document }
      if let progress = DocumentText.progress(document), progress != last {
        Terminal.note("… \(document["name"]?.string ?? id): \(progress)")
        last = progress
      }
    }
  }

  /// The same name and bytes give the same key, so that a second upload is answered by the first.
  private static func idempotencyKey(_ file: (path: String, name: String)) throws -> String {
    guard let handle = try? Data(contentsOf: URL(filePath: file.path)) else {
      throw FileError(path: file.path, code: 2)
    }
    var hash = SHA256()
    hash.update(file.name)
    hash.update([0])
    hash.update(Array(handle))
    return hash.finalize().hex
  }
}
