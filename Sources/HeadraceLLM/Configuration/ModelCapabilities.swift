/// What a model can do beyond text.
public struct ModelCapabilities: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: UInt8

  /// Makes a set of bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// It calls tools.
  public static let tools = ModelCapabilities(rawValue: 1)
  /// It reads images.
  public static let vision = ModelCapabilities(rawValue: 2)
  /// It reads files such as PDF.
  public static let files = ModelCapabilities(rawValue: 4)
  /// It keeps to a JSON Schema.
  public static let jsonSchema = ModelCapabilities(rawValue: 8)
  /// It thinks before it answers.
  public static let reasoning = ModelCapabilities(rawValue: 16)
  /// It takes a temperature (reasoning models refuse one).
  public static let temperature = ModelCapabilities(rawValue: 32)
}
