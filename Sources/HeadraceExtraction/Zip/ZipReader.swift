internal import CZlib

/// Inflates entries of a zip file, counting every byte that comes out.
///
/// Sizes that the file declares are never believed; nothing is unpacked to a disk, and no archive within is opened.
package struct ZipReader<File: RandomAccessBytes> {
  /// The file's directory.
  package let directory: ZipDirectory
  private let file: File
  private let maximumPartBytes: Int
  private var remaining: Int

  /// Reads the directory of `file`; all entries together may give `maximumBytes`, each `maximumPartBytes`.
  package init(_ file: File, maximumBytes: Int, maximumPartBytes: Int, maximumEntries: Int) throws {
    self.file = file
    self.maximumPartBytes = maximumPartBytes
    remaining = maximumBytes
    directory = try ZipDirectory(of: file, maximumEntries: maximumEntries)
  }

  /// The bytes of the entry `name`; nil where there is none. Throws ``ZipFault``.
  package mutating func part(_ name: String) throws -> [UInt8]? {
    guard let entry = directory[name] else { return nil }
    return try part(entry)
  }

  /// The bytes of `entry`, inflated and checked. Throws ``ZipFault``.
  package mutating func part(_ entry: ZipEntry) throws -> [UInt8] {
    guard !entry.isEncrypted else { throw ZipFault.encrypted }
    var header = LittleEndianReader(try file.bytes(at: entry.headerOffset, count: 30))
    guard
      header.u32() == 0x0403_4b50, header.skip(22), let nameLength = header.u16(), let extraLength = header.u16()
    else { throw ZipFault.damaged("\(entry.name) has no header") }
    let start = entry.headerOffset + 30 + Int(nameLength) + Int(extraLength)
    guard start + entry.compressedSize <= file.count else {
      throw ZipFault.damaged("\(entry.name) ends beyond the file")
    }
    let packed = try file.bytes(at: start, count: entry.compressedSize)
    let limit = min(maximumPartBytes, remaining)
    let bytes: [UInt8]
    switch entry.method {
    case 0:
      guard packed.count <= limit else { throw tooLarge(entry) }
      bytes = packed
    case 8:
      guard let inflated = try Self.inflate(packed, limit: limit) else { throw tooLarge(entry) }
      bytes = inflated
    default:
      throw ZipFault.damaged("\(entry.name) is packed by method \(entry.method), which such documents never use")
    }
    remaining -= bytes.count
    let checksum = unsafe bytes.withUnsafeBufferPointer { unsafe crc32_z(0, $0.baseAddress, $0.count) }
    guard UInt32(truncatingIfNeeded: checksum) == entry.crc32 || bytes.isEmpty else {
      throw ZipFault.damaged("\(entry.name) fails its checksum")
    }
    return bytes
  }

  private func tooLarge(_ entry: ZipEntry) -> ZipFault {
    remaining < maximumPartBytes
      ? .tooLarge("the parts hold more than their limit together")
      : .tooLarge("\(entry.name) holds more than \(maximumPartBytes >> 20) MiB")
  }

  /// What `packed` inflates to; nil where that is more than `limit` bytes.
  private static func inflate(_ packed: [UInt8], limit: Int) throws -> [UInt8]? {
    var stream = unsafe z_stream()
    guard
      unsafe inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ZipFault.damaged("zlib did not start") }
    defer { unsafe inflateEnd(&stream) }
    var result: [UInt8] = []
    // Grows with what really comes out, from about what a text inflates to.
    result.reserveCapacity(min(limit, packed.count &* 4))
    var window = [UInt8](repeating: 0, count: 64 << 10)
    let status: Int32 = try unsafe packed.withUnsafeBufferPointer { source in
      unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      unsafe stream.avail_in = UInt32(clamping: source.count)
      while true {
        let (status, produced) = unsafe window.withUnsafeMutableBufferPointer { target in
          unsafe stream.next_out = target.baseAddress
          unsafe stream.avail_out = UInt32(target.count)
          let status = unsafe zlib_inflate(&stream, Z_NO_FLUSH)
          return unsafe (status, target.count - Int(stream.avail_out))
        }
        guard result.count + produced <= limit else { return Z_MEM_ERROR }
        result.append(contentsOf: window[..<produced])
        if status == Z_STREAM_END { return Z_OK }
        guard status == Z_OK, produced > 0 else { throw ZipFault.damaged("its data cannot be inflated") }
      }
    }
    return status == Z_OK ? result : nil
  }
}

private func zlib_inflate(_ stream: UnsafeMutablePointer<z_stream>, _ flush: Int32) -> Int32 {
  unsafe CZlib.inflate(stream, flush)
}
