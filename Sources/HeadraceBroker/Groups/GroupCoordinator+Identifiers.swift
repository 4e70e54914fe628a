import FoundationEssentials

extension GroupCoordinator {
  /// A random identifier in lower case.
  static func uuid() -> String { UUID().uuidString.lowercased() }
}
