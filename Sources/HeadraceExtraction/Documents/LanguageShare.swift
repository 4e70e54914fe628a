/// A language found in a text, and how much of it.
public struct LanguageShare: Sendable, Hashable, Codable {
  /// BCP 47: `de`, `zh-Hant`, `nb`.
  public var language: String
  /// Its share of the text, in percent.
  public var percent: Int

  /// `percent` of the text is in `language`.
  public init(language: String, percent: Int) {
    self.language = language
    self.percent = percent
  }
}
