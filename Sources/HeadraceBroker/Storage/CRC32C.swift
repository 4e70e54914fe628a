internal import CSystem

/// CRC-32C, as record batches and the journal carry it.
enum CRC32C {
  /// The checksum of `bytes`, or the continuation of `seed` by them.
  static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
    unsafe headrace_crc32c(seed, bytes.baseAddress, bytes.count)
  }

  static func checksum(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe checksum($0, seed: seed) }
  }

  static func checksum(_ bytes: ByteView, seed: UInt32 = 0) -> UInt32 {
    unsafe headrace_crc32c(seed, bytes.pointer.baseAddress, bytes.count)
  }
}
