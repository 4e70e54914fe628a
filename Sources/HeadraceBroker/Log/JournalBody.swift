/// The body of a journal record in up to three parts, with its checksum taken before any lock of the journal.
struct JournalBody {
  let first: ByteView
  let second: ByteView
  let third: ByteView
  let checksum: UInt32

  init(_ first: ByteView, _ second: ByteView = .empty, _ third: ByteView = .empty) {
    self.first = first
    self.second = second
    self.third = third
    var checksum = CRC32C.checksum(first)
    if second.count > 0 { checksum = CRC32C.checksum(second, seed: checksum) }
    if third.count > 0 { checksum = CRC32C.checksum(third, seed: checksum) }
    self.checksum = checksum
  }

  var count: Int { first.count + second.count + third.count }
}
