public import HeadraceCore

/// The value of a journal record `d/<id>`: which record of an id came first.
public struct FirstSeenNote: Sendable, Hashable, Codable {
  /// Digest of what the first record said, such as the SHA-256 of an upload's content, in hex.
  public var digest: String
  /// Where the first record stands.
  public var coordinate: RecordCoordinate

  /// Makes a note.
  public init(digest: String, coordinate: RecordCoordinate) {
    self.digest = digest
    self.coordinate = coordinate
  }
}
