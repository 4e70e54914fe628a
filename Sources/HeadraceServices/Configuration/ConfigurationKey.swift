/// One setting: its name, what may be said, what holds when nothing is said, and why.
public struct ConfigurationKey: Sendable, Hashable {
  /// What may be said.
  public enum Kind: Sendable, Hashable {
    /// Any text.
    case text
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A decimal number.
    case number(ClosedRange<Double>)
    /// `true` or `false`.
    case boolean
    /// A number of bytes: `4096`, `64KiB`, `1GiB`.
    case bytes
    /// One of some words.
    case choice([String])
    /// Texts; in the environment and on the command line with commas between.
    case list
    /// A tree of its own, in the file only; its shape is told in the documentation.
    case tree
  }

  /// The name with its tree, e.g. `gateway.port`.
  public var name: String
  /// What may be said.
  public var kind: Kind
  /// What holds when nothing is said, as it would be written; nil for nothing.
  public var defaultText: String?
  /// What it does, and why the default is what it is.
  public var explanation: String
  /// Whether the value must never be shown.
  public var isSecret: Bool

  init(
    _ name: String, _ kind: Kind, default defaultText: String? = nil, secret: Bool = false, _ explanation: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultText = defaultText
    self.explanation = explanation
    self.isSecret = secret
  }

  /// The environment variable that sets it: `gateway.port` is `HEADRACE_GATEWAY_PORT`.
  public var environmentVariable: String {
    "HEADRACE_" + name.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
  }

  /// What may be said, for people.
  public var kindText: String {
    switch kind {
    case .text: "text"
    case .integer(let range): "whole number\(Self.bounds(range.lowerBound, range.upperBound, Int.max))"
    case .number(let range): "number\(Self.bounds(range.lowerBound, range.upperBound, .infinity))"
    case .boolean: "true | false"
    case .bytes: "bytes (4096, 64KiB, 1GiB)"
    case .choice(let words): words.joined(separator: " | ")
    case .list: "list of texts"
    case .tree: "tree (file only)"
    }
  }

  private static func bounds<Value: Comparable>(_ low: Value, _ high: Value, _ open: Value) -> String {
    high == open ? " ≥ \(low)" : " from \(low) to \(high)"
  }
}

extension ConfigurationKey {
  /// A setting's name, e.g. `gateway.port`.
  public typealias Name = String
}
