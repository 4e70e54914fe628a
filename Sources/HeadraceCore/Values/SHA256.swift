internal import CCrypto

/// SHA-256, fed piece by piece. Not for sharing: one owner, any thread.
@safe public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// An empty hash.
  public init() {
    guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto has no SHA-256")
    }
    unsafe self.context = context
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Adds bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    let ok = unsafe EVP_DigestUpdate(context, base, bytes.count)
    precondition(ok == 1, "libcrypto refused to hash")
  }

  /// Adds bytes.
  public mutating func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// Adds the text's UTF-8.
  public mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { unsafe update(UnsafeRawBufferPointer($0)) }
  }

  /// Ends the hash.
  public consuming func finalize() -> Digest {
    var bytes = [UInt8](repeating: 0, count: 32)
    let ok = unsafe bytes.withUnsafeMutableBufferPointer { unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil) }
    precondition(ok == 1, "libcrypto refused to hash")
    return Digest(bytes: bytes)
  }

  /// The hash of `bytes`.
  public static func hash(_ bytes: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }

  /// The hash of the text's UTF-8.
  public static func hash(_ text: String) -> Digest { hash(Array(text.utf8)) }
}
