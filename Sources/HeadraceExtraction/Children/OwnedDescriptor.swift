internal import CSystem
internal import Glibc

/// A file descriptor that closes itself.
package struct OwnedDescriptor: ~Copyable, Sendable {
  /// The descriptor.
  package let raw: Int32

  /// Takes over `raw`; nil where it is none.
  package init?(_ raw: Int32) {
    guard raw >= 0 else { return nil }
    self.raw = raw
  }

  deinit { close(raw) }

  /// `path`, to be read.
  package static func reading(_ path: String) -> OwnedDescriptor? {
    OwnedDescriptor(unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK))
  }

  /// The same file with an offset of its own, so that several can read it from the start.
  package func reopened() -> OwnedDescriptor? { .reading("/proc/self/fd/\(raw)") }

  /// A file without a name that holds `bytes` and cannot be changed any more: nothing to remove afterwards.
  package static func holding(_ bytes: [UInt8]) -> OwnedDescriptor? {
    guard let file = OwnedDescriptor(headrace_memory_file()) else { return nil }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(file.raw, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      written += count
    }
    guard headrace_memory_file_seal(file.raw) == 0 else { return nil }
    return file
  }
}
