internal import HeadraceHTTPServer

/// Reads a form from a request: small fields first, then one file, whose bytes are handed on as they come.
///
/// The file's sequence ends only when the closing boundary has been read and nothing follows: a form that breaks off
/// or is malformed throws instead, so that nothing of it is kept.
final class MultipartReader {
  static let fieldLimit = 64 << 10

  private let bytes: RequestBytes
  private var parser: MultipartParser

  init(_ bytes: RequestBytes, boundary: String) throws {
    self.bytes = bytes
    guard let parser = MultipartParser(boundary: boundary) else {
      throw GatewayProblem.malformedMultipart.error("Content-Type has no proper boundary.")
    }
    self.parser = parser
  }

  /// Reads the fields before the part named `file`, and its head.
  func fieldsAndFile() async throws -> (fields: [String: String], file: MultipartParser.Part) {
    var fields: [String: String] = [:]
    var room = Self.fieldLimit
    while true {
      guard case .part(let part) = try await step() else {
        throw GatewayProblem.malformedMultipart.error("The form has no part named file.")
      }
      if part.name == "file" { return (fields, part) }
      var value: [UInt8] = []
      reading: while true {
        switch try await step() {
        case .body(let slice):
          room -= slice.count
          guard room >= 0 else {
            throw GatewayProblem.malformedMultipart.error(
              "The fields before the file have more than \(Self.fieldLimit) bytes; the file's part is named file.")
          }
          value += slice
        default: break reading
        }
      }
      guard let text = String(validating: value, as: UTF8.self), fields.updateValue(text, forKey: part.name) == nil
      else {
        throw GatewayProblem.malformedMultipart.error("The field \(part.name) is no UTF-8 text, or came twice.")
      }
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
      switch try await step() {
      case .closed:
        try await readToTheEnd()
        return nil
      default: throw GatewayProblem.malformedMultipart.error("The file must be the last part of the form.")
      }
    default: throw GatewayProblem.malformedMultipart.error("The form is malformed.")
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
