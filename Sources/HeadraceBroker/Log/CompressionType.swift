/// How the records of a batch are compressed: the low three bits of its attributes.
enum CompressionType: UInt8, Sendable, CaseIterable {
  case none = 0
  case gzip = 1
  case snappy = 2
  case lz4 = 3
  case zstd = 4
}
