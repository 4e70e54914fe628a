internal import Glibc

/// A document as the extractor holds it: bytes in memory, or an open file that is read in pieces.
enum DocumentFile: Sendable {
  case bytes([UInt8])
  case file(SharedDescriptor, count: Int)

  var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .file(_, let count): count
    }
  }

  /// All of it.
  func all() throws -> [UInt8] { try pieces().bytes(at: 0, count: count) }

  /// A view for readers of pieces.
  func pieces() -> Pieces {
    switch self {
    case .bytes(let bytes): Pieces(bytes: bytes, file: nil, count: bytes.count)
    case .file(let file, let count): Pieces(bytes: [], file: file, count: count)
    }
  }

  /// A descriptor for children to read, made on a thread of its own where that takes time. Throws ``ExtractionFailure``.
  func shared() async throws -> SharedDescriptor {
    let isLong = if case .bytes(let bytes) = self { bytes.count > Extraction.inlineBytes } else { false }
    let descriptor = isLong ? await offThePool { SharedDescriptor(spool()) } : SharedDescriptor(spool())
    guard let descriptor else { throw ChildRunner.noDescriptors }
    return descriptor
  }

  /// A descriptor with an offset of its own, for a child to read.
  private func spool() -> OwnedDescriptor? {
    switch self {
    case .bytes(let bytes): .holding(bytes)
    case .file(let descriptor, _): descriptor.descriptor.reopened()
    }
  }

  /// Bytes by offset.
  struct Pieces: RandomAccessBytes {
    fileprivate let bytes: [UInt8]
    fileprivate let file: SharedDescriptor?
    let count: Int

    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
      guard let descriptor = file?.descriptor.raw else { return bytes.bytes(at: offset, count: count) }
      let wanted = max(0, min(count, self.count - offset))
      var error: Int32 = 0
      let result = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
        while filled < wanted {
          let read = unsafe pread(
            descriptor, buffer.baseAddress?.advanced(by: filled), wanted - filled, off_t(offset + filled))
          if read < 0, errno == EINTR { continue }
          if read < 0 { error = errno }
          guard read > 0 else { break }
          filled += read
        }
      }
      guard error == 0 else {
        throw ExtractionFailure(
          .unreadable, detail: "It could not be read: \(unsafe String(cString: strerror(error))).")
      }
      return result
    }
  }
}

/// Opens documents.
enum DocumentOpening {
  /// The regular file at `path`. Throws ``ExtractionFailure`` (`unreadable`).
  static func open(_ path: String) throws -> DocumentFile {
    guard let descriptor = SharedDescriptor(.reading(path)) else {
      throw ExtractionFailure(
        .unreadable, detail: "\(path) could not be opened: \(unsafe String(cString: strerror(errno))).")
    }
    var facts = stat()
    guard unsafe fstat(descriptor.descriptor.raw, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw ExtractionFailure(.unreadable, detail: "\(path) is no regular file.")
    }
    return .file(descriptor, count: Int(facts.st_size))
  }
}
