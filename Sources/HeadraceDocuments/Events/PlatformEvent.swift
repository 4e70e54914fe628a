internal import FoundationEssentials

/// The data of an event that the platform writes: one type, one schema.
///
/// A type only grows by optional fields. What would break a reader is a new type with the next version.
public protocol PlatformEvent: Codable, Sendable {
  /// The CloudEvents type, which ends in the version: `headrace.document.uploaded.v1`.
  static var eventType: String { get }
}

extension PlatformEvent {
  /// Where the schema of the data is found, in the source tree and below the gateway's address:
  /// `/schemas/headrace.document.uploaded/v1.schema.json`.
  public static var schemaPath: String {
    guard let dot = eventType.lastIndex(of: ".") else { return "/schemas/\(eventType).schema.json" }
    return "/schemas/\(eventType[..<dot])/\(eventType[eventType.index(after: dot)...]).schema.json"
  }

  /// The data as JSON, keys in order: the same value is the same bytes.
  package func json() throws -> [UInt8] {
    try [UInt8](PlatformJSON.encoder.encode(self))
  }

  /// Reads the data of an event.
  package init(json: [UInt8]) throws {
    self = try PlatformJSON.decoder.decode(Self.self, from: Data(json))
  }
}

/// How JSON is written and read here.
enum PlatformJSON {
  static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  static var decoder: JSONDecoder { JSONDecoder() }
}
