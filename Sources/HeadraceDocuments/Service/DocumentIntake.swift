internal import HeadraceCore

/// Reads the bytes of an upload: into memory while they may be text for the event, into a blob beyond that.
enum DocumentIntake {
  struct Taken: Sendable {
    var digest: SHA256.Digest
    var size: Int64
    /// The content, when it travels in the event.
    var text: String?
    /// The content, when it does not.
    var reference: BlobReference?
  }

  /// Reads and keeps.
  ///
  /// - Throws: ``DocumentError``, or what the body throws; nothing is kept then.
  static func take<Body: AsyncSequence>(
    _ body: Body, upload: DocumentUpload, blobs: any BlobStore
  ) async throws -> Taken where Body.Element == [UInt8] {
    var head: [UInt8] = []
    var size: Int64 = 0
    var writer: (any BlobWriter)?
    do {
      for try await piece in body {
        size += Int64(piece.count)
        try check(size, upload)
        if let writer {
          try await writer.write(piece)
        } else if head.count + piece.count <= DocumentUploaded.maximumInlineBytes {
          head += piece
        } else {
          let made = try await blobs.makeWriter()
          writer = made
          try await made.write(head)
          try await made.write(piece)
        }
      }
      if writer == nil {
        if let text = String(validating: head, as: UTF8.self) {
          let digest = SHA256.hash(head)
          try check(digest, upload)
          return Taken(digest: digest, size: size, text: text)
        }
        let made = try await blobs.makeWriter()
        writer = made
        try await made.write(head)
      }
      let stored = try await writer!.finish(expecting: upload.expectedSHA256)
      return Taken(digest: stored.reference.digest, size: size, reference: stored.reference)
    } catch {
      await writer?.cancel()
      throw DocumentError.about(error)
    }
  }

  /// Reads to the end and keeps nothing.
  static func digest<Body: AsyncSequence>(
    of body: Body, upload: DocumentUpload
  ) async throws -> SHA256.Digest where Body.Element == [UInt8] {
    var hasher = SHA256()
    var size: Int64 = 0
    for try await piece in body {
      size += Int64(piece.count)
      try check(size, upload)
      hasher.update(piece)
    }
    let digest = hasher.finalize()
    try check(digest, upload)
    return digest
  }

  private static func check(_ size: Int64, _ upload: DocumentUpload) throws {
    guard size <= upload.maximumSize else {
      throw DocumentError(.tooLarge, "The document has more than \(upload.maximumSize) bytes.")
    }
  }

  private static func check(_ digest: SHA256.Digest, _ upload: DocumentUpload) throws {
    guard let expected = upload.expectedSHA256, expected != digest else { return }
    throw DocumentError(
      .digestMismatch, "The content's SHA-256 is \(digest.hex), not \(expected.hex) as announced.")
  }
}

extension DocumentError {
  /// The error that a caller of the service sees for one of the blob store.
  static func about(_ error: any Error) -> any Error {
    guard let error = error as? BlobError else { return error }
    return switch error.code {
    case .digestMismatch: DocumentError(.digestMismatch, error.message)
    // Its own message names the server's folders: that is for the health page and the log.
    case .full: DocumentError(.storageFull, "There is no room left for the document's bytes.")
    case .notFound: DocumentError(.contentUnavailable, error.message)
    default: DocumentError(.storageUnavailable, error.message)
    }
  }
}
