/// Where a stretch of the extracted text comes from.
///
/// Offsets count Unicode scalars of the text from its beginning, half open, so that they mean the same in every
/// language that reads the event.
public struct TextPosition: Sendable, Hashable, Codable {
  /// What the stretch is in the document.
  public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
    case page, slide, sheet, section, chapter, notes, attachment
  }

  /// What the stretch is.
  public var kind: Kind
  /// Its number among those of its kind, from 1.
  public var number: Int
  /// Its name where the document gives one: a heading, a sheet's name, a chapter's file.
  public var label: String?
  /// The first scalar.
  public var start: Int
  /// The scalar after the last.
  public var end: Int

  /// A stretch from `start` up to `end`, in Unicode scalars.
  public init(kind: Kind, number: Int, label: String? = nil, start: Int, end: Int) {
    self.kind = kind
    self.number = number
    self.label = label
    self.start = start
    self.end = end
  }
}
