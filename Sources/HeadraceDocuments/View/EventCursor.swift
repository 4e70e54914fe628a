internal import HeadraceCore

/// A place in a document's events: how much of each topic's partition a reader has seen.
///
/// Offsets are the same on every replica, so any replica resumes from it. Written as
/// `1-<cluster>-<partition>-<uploads>-<metadata>-<progress>`; opaque to readers.
struct EventCursor: Sendable, Hashable {
  /// The first 8 hexadecimal digits of a hash of the cluster's id: offsets of another cluster mean nothing here.
  var cluster: String
  var partition: Int32
  /// The next offset in `document.uploads`.
  var uploads: Int64 = 0
  /// The next offset in `document.metadata`.
  var metadata: Int64 = 0
  /// The next offset in `document.progress`.
  var progress: Int64 = 0

  init(clusterID: String, partition: Int32) {
    cluster = EventCursor.mark(of: clusterID)
    self.partition = partition
  }

  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "1", parts[1].utf8.count == 8, let partition = Int32(parts[2]) else {
      return nil
    }
    let offsets = parts[3...].compactMap { Int64($0) }
    guard offsets.count == 3, offsets.allSatisfy({ $0 >= 0 }), partition >= 0 else { return nil }
    cluster = String(parts[1])
    self.partition = partition
    (uploads, metadata, progress) = (offsets[0], offsets[1], offsets[2])
  }

  var text: String { "1-\(cluster)-\(partition)-\(uploads)-\(metadata)-\(progress)" }

  static func mark(of clusterID: String) -> String { String(SHA256.hash(clusterID).hex.prefix(8)) }
}
