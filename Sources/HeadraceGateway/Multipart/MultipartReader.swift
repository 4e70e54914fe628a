internal import HeadraceHTTPServer

/// Reads a form from a request: small fields, and one file among them, whose bytes are handed on as they come.
///
/// Fields behind the file are read when the file has been, and checked before its sequence ends: a form that says nonsense
/// behind its file is refused like one that says it before.
///
/// The file's sequence ends only when the closing boundary has been read and nothing follows: a form that breaks off
/// or is malformed throws instead, so that nothing of it is kept.
final class MultipartReader {
  static let fieldLimit = 64 << 10

  private let bytes: RequestBytes
  private var parser: MultipartParser
  private var room = MultipartReader.fieldLimit
  /// The fields read so far; those behind the file are among them when the file's sequence has ended.
  private(set) var fields: [String: String] = [:]
  /// Looks at all fields before the file's sequence ends; what it throws ends that instead.
  var check: ([String: String]) throws -> Void = { _ in }

  init(_ bytes: RequestBytes, boundary: String) throws {
    self.bytes = bytes
    guard let parser = MultipartParser(boundary: boundary) else {
      throw GatewayProblem.malformedMultipart.error("Content-Type has no proper boundary.")
    }
    self.parser = parser
  }

  /// Reads the fields before the part named `file`, and its head.
  func fileHead() async throws -> MultipartParser.Part {
    while true {
      guard case .part(let part) = try await step() else {
        throw GatewayProblem.malformedMultipart.error("The form has no part named file.")
      }
      if part.name == "file" { return part }
      try await readField(part)
    }
  }

  private func readField(_ part: MultipartParser.Part) async throws {
    var value: [UInt8] = []
    reading: while true {
      switch try await step() {
      case .body(let slice):
        room -= slice.count
        guard room >= 0 else {
          throw GatewayProblem.malformedMultipart.error(
            "The fields beside the file have more than \(Self.fieldLimit) bytes; the file's part is named file.")
        }
        value += slice
      default: break reading
      }
    }
    guard let text = String(validating: value, as: UTF8.self), fields.updateValue(text, forKey: part.name) == nil else {
      throw GatewayProblem.malformedMultipart.error("The field \(part.name) is no UTF-8 text, or came twice.")
    }
  }

  /// The bytes of the file whose head was just read.
  var file: File { File(reader: self) }

  struct File: AsyncSequence {
    typealias Element = [UInt8]
    let reader: MultipartReader

    func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

    struct Iterator: AsyncIteratorProtocol {
      let reader: MultipartReader

      mutating func next() async throws -> [UInt8]? { try await reader.nextOfFile() }
    }
  }

  private func nextOfFile() async throws -> [UInt8]? {
    switch try await step() {
    case .body(let slice): return slice
    case .closed: return nil
    case .endOfPart:
      try await readFieldsBehindFile()
      return nil
    default: throw GatewayProblem.malformedMultipart.error("The form is malformed.")
    }
  }

  private func readFieldsBehindFile() async throws {
    while true {
      switch try await step() {
      case .part(let part):
        guard part.name != "file" else {
          throw GatewayProblem.malformedMultipart.error("The form has two files; a document is one.")
        }
        try await readField(part)
      case .closed:
        try check(fields)
        return try await readToTheEnd()
      default: throw GatewayProblem.malformedMultipart.error("The form is malformed.")
      }
    }
  }

  private func readToTheEnd() async throws {
    while true {
      if case .failed(let reason) = parser.next() { throw GatewayProblem.malformedMultipart.error(reason) }
      guard let slice = try await bytes.next() else { return }
      parser.append(slice)
    }
  }

  private func step() async throws -> MultipartParser.Step {
    while true {
      switch parser.next() {
      case .needsMore:
        guard let slice = try await bytes.next() else {
          throw GatewayProblem.malformedMultipart.error("The form ends before its closing boundary.")
        }
        parser.append(slice)
      case .failed(let reason): throw GatewayProblem.malformedMultipart.error(reason)
      case let step: return step
      }
    }
  }
}
