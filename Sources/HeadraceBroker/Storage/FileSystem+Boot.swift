extension FileSystem {
  /// From Linux's random boot id; 0 where there is none.
  var bootIdentifier: UInt64 {
    guard let file = try? SystemFileSystem().open(readOnly: "/proc/sys/kernel/random/boot_id"),
      let bytes = try? file.read(at: 0, count: 64), !bytes.isEmpty
    else { return 0 }
    return UInt64(CRC32C.checksum(bytes)) << 32 | UInt64(CRC32C.checksum(bytes.reversed()))
  }
}
