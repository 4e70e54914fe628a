internal import Glibc

/// A file descriptor with its path.
final class SystemFile: StoredFile {
  let path: String
  let descriptor: Int32

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func writeSome(_ first: ByteView, _ second: ByteView, at position: Int64) throws(FileError) -> Int {
    if second.count == 0 {
      return try call("write") { unsafe pwrite(descriptor, first.pointer.baseAddress, first.count, Int(position)) }
    }
    return try call("write") {
      var parts = unsafe (
        iovec(iov_base: UnsafeMutableRawPointer(mutating: first.pointer.baseAddress), iov_len: first.count),
        iovec(iov_base: UnsafeMutableRawPointer(mutating: second.pointer.baseAddress), iov_len: second.count)
      )
      return unsafe withUnsafeBytes(of: &parts) { raw in
        unsafe pwritev(descriptor, raw.assumingMemoryBound(to: iovec.self).baseAddress, 2, Int(position))
      }
    }
  }

  func readSome(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
    try call("read") { unsafe pread(descriptor, buffer.baseAddress, buffer.count, Int(position)) }
  }

  func sync() throws(FileError) { _ = try call("fdatasync") { Int(fdatasync(descriptor)) } }

  func truncate(to size: Int64) throws(FileError) {
    _ = try call("ftruncate") { Int(ftruncate(descriptor, Int(size))) }
  }

  func size() throws(FileError) -> Int64 {
    var status = stat()
    _ = try call("fstat") { unsafe Int(fstat(descriptor, &status)) }
    return Int64(status.st_size)
  }

  private func call(_ operation: String, _ body: () -> Int) throws(FileError) -> Int {
    while true {
      let result = body()
      let number = errno
      if result >= 0 { return result }
      if number != EINTR { throw FileError(operation: operation, path: path, number: number) }
    }
  }
}
