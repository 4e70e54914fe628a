/// Stands for a record's key while a partition is compacted: 128 bits of a keyed hash whose secret lives as long as
/// the process, so that no producer can make two keys meet.
struct CompactionKey: Hashable {
  private let first: Int
  private let second: Int

  init(_ key: ByteView) {
    var one = Hasher()
    var two = Hasher()
    one.combine(0)
    two.combine(1)
    unsafe one.combine(bytes: key.pointer)
    unsafe two.combine(bytes: key.pointer)
    one.combine(key.count)
    two.combine(key.count)
    first = one.finalize()
    second = two.finalize()
  }
}
