internal import CLZ4
internal import CSnappy
internal import CZlib
internal import CZstd

/// The four codecs of record batches, each whole in memory: for batches that must be looked into.
enum Compression {
  /// Why compressed bytes were refused.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The most that one batch may grow to: a bound on what a small hostile batch can cost.
  static let largestBatch = 256 << 20

  /// - Parameter limit: The most bytes that may come out.
  static func decompress(_ view: ByteView, _ type: CompressionType, limit: Int) throws(Failure) -> [UInt8] {
    switch type {
    case .none: view.array()
    case .gzip: try gunzip(view, limit: limit)
    case .snappy: try unsnap(view, limit: limit)
    case .lz4: try unlz4(view, limit: limit)
    case .zstd: try unzstd(view, limit: limit)
    }
  }

  static func compress(_ bytes: [UInt8], _ type: CompressionType) throws(Failure) -> [UInt8] {
    switch type {
    case .none: bytes
    case .gzip: try gzip(bytes)
    case .snappy: try snap(bytes)
    case .lz4: try lz4(bytes)
    case .zstd: try zstd(bytes)
    }
  }

  // MARK: gzip

  private static func gunzip(_ view: ByteView, limit: Int) throws(Failure) -> [UInt8] {
    var stream = unsafe z_stream()
    guard unsafe inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw Failure(description: "zlib does not start")
    }
    defer { unsafe _ = inflateEnd(&stream) }
    unsafe stream.next_in = UnsafeMutablePointer(mutating: view.pointer.bindMemory(to: UInt8.self).baseAddress)
    unsafe stream.avail_in = UInt32(view.count)
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: max(64 * 1024, view.count * 2))
    while true {
      let size = chunk.count
      let result = unsafe chunk.withUnsafeMutableBufferPointer { buffer in
        unsafe stream.next_out = buffer.baseAddress
        unsafe stream.avail_out = UInt32(size)
        return unsafe inflate(&stream, Z_NO_FLUSH)
      }
      output.append(contentsOf: chunk.prefix(unsafe size - Int(stream.avail_out)))
      if output.count > limit { throw Failure(description: "more than \(limit) bytes") }
      if result == Z_STREAM_END { return output }
      guard result == Z_OK, unsafe stream.avail_in > 0 || stream.avail_out == 0 else {
        throw Failure(description: "gzip stream is broken")
      }
    }
  }

  private static func gzip(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    var stream = unsafe z_stream()
    let started = unsafe deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard started == Z_OK else { throw Failure(description: "zlib does not start") }
    defer { unsafe _ = deflateEnd(&stream) }
    let bound = unsafe Int(deflateBound(&stream, UInt(bytes.count)))
    var result: Int32 = 0
    let output = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      unsafe bytes.withUnsafeBufferPointer { input in
        unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.avail_in = UInt32(input.count)
        unsafe stream.next_out = buffer.baseAddress
        unsafe stream.avail_out = UInt32(bound)
        result = unsafe deflate(&stream, Z_FINISH)
      }
      count = unsafe bound - Int(stream.avail_out)
    }
    guard result == Z_STREAM_END else { throw Failure(description: "zlib did not finish") }
    return output
  }

  // MARK: snappy: raw blocks, or Java's frames of them

  private static let frameMagic: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]

  private static func unsnap(_ view: ByteView, limit: Int) throws(Failure) -> [UInt8] {
    guard view.count >= 16, view.slice(0, count: 8).array() == frameMagic else {
      return try unsnapBlock(view, limit: limit)
    }
    var output: [UInt8] = []
    var position = 16
    while position < view.count {
      guard position + 4 <= view.count else { throw Failure(description: "snappy frame is cut off") }
      let length = Int(view.int32(position))
      guard length > 0, length <= view.count - position - 4 else {
        throw Failure(description: "snappy frame is cut off")
      }
      output += try unsnapBlock(view.slice(position + 4, count: length), limit: limit - output.count)
      position += 4 + length
    }
    return output
  }

  private static func unsnapBlock(_ view: ByteView, limit: Int) throws(Failure) -> [UInt8] {
    let start = unsafe view.pointer.bindMemory(to: CChar.self).baseAddress
    var length = 0
    guard unsafe snappy_uncompressed_length(start, view.count, &length) == SNAPPY_OK, length <= limit else {
      throw Failure(description: "snappy block is broken or larger than \(limit) bytes")
    }
    var isFine = false
    let output = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      unsafe buffer.withMemoryRebound(to: CChar.self) { target in
        isFine = unsafe snappy_uncompress(start, view.count, target.baseAddress, &length) == SNAPPY_OK
      }
      count = isFine ? length : 0
    }
    guard isFine else { throw Failure(description: "snappy block is broken") }
    return output
  }

  private static func snap(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    var length = snappy_max_compressed_length(bytes.count)
    var isFine = false
    let output = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      unsafe buffer.withMemoryRebound(to: CChar.self) { target in
        unsafe bytes.withUnsafeBytes { raw in
          let source = unsafe raw.bindMemory(to: CChar.self).baseAddress
          isFine = unsafe snappy_compress(source, bytes.count, target.baseAddress, &length) == SNAPPY_OK
        }
      }
      count = isFine ? length : 0
    }
    guard isFine else { throw Failure(description: "snappy refused") }
    return output
  }

  // MARK: lz4 frames

  private static func unlz4(_ view: ByteView, limit: Int) throws(Failure) -> [UInt8] {
    var context: OpaquePointer?
    guard unsafe LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0 else {
      throw Failure(description: "lz4 does not start")
    }
    defer { unsafe _ = LZ4F_freeDecompressionContext(context) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: max(64 * 1024, view.count * 2))
    var position = 0
    while true {
      var produced = chunk.count
      var consumed = view.count - position
      let hint = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe LZ4F_decompress(
          context, buffer.baseAddress, &produced, view.pointer.baseAddress.map { unsafe $0 + position }, &consumed, nil)
      }
      guard LZ4F_isError(hint) == 0 else { throw Failure(description: "lz4 frame is broken") }
      position += consumed
      output.append(contentsOf: chunk.prefix(produced))
      if output.count > limit { throw Failure(description: "more than \(limit) bytes") }
      if hint == 0 { return output }
      guard consumed > 0 || produced > 0 else { throw Failure(description: "lz4 frame is cut off") }
    }
  }

  private static func lz4(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    let bound = LZ4F_compressFrameBound(bytes.count, nil)
    var written = 0
    let output = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      unsafe bytes.withUnsafeBytes { source in
        written = unsafe LZ4F_compressFrame(buffer.baseAddress, bound, source.baseAddress, source.count, nil)
      }
      count = LZ4F_isError(written) == 0 ? written : 0
    }
    guard LZ4F_isError(written) == 0 else { throw Failure(description: "lz4 refused") }
    return output
  }

  // MARK: zstd

  private static func unzstd(_ view: ByteView, limit: Int) throws(Failure) -> [UInt8] {
    guard let stream = unsafe ZSTD_createDStream() else { throw Failure(description: "zstd does not start") }
    defer { unsafe _ = ZSTD_freeDStream(stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: max(64 * 1024, view.count * 2))
    var input = unsafe ZSTD_inBuffer(src: view.pointer.baseAddress, size: view.count, pos: 0)
    while true {
      var produced = 0
      let hint = unsafe chunk.withUnsafeMutableBytes { buffer in
        var target = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        let hint = unsafe ZSTD_decompressStream(stream, &target, &input)
        produced = unsafe target.pos
        return hint
      }
      guard ZSTD_isError(hint) == 0 else { throw Failure(description: "zstd frame is broken") }
      output.append(contentsOf: chunk.prefix(produced))
      if output.count > limit { throw Failure(description: "more than \(limit) bytes") }
      let isEnd = unsafe input.pos == input.size
      if hint == 0 && isEnd { return output }
      guard !isEnd || produced == chunk.count else { throw Failure(description: "zstd frame is cut off") }
    }
  }

  private static func zstd(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.count)
    var written = 0
    let output = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      unsafe bytes.withUnsafeBytes { source in
        written = unsafe ZSTD_compress(buffer.baseAddress, bound, source.baseAddress, source.count, 3)
      }
      count = ZSTD_isError(written) == 0 ? written : 0
    }
    guard ZSTD_isError(written) == 0 else { throw Failure(description: "zstd refused") }
    return output
  }
}
