/// How far a reader may see.
enum Isolation: Sendable {
  /// Up to the high watermark.
  case readUncommitted
  /// Up to the last stable offset, with the list of what was aborted below it.
  case readCommitted
}
