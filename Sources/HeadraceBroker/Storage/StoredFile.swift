/// An open file: positions are given with every call, so that any thread may use it. Closed when released.
protocol StoredFile: AnyObject, Sendable {
  var path: String { get }
  /// For sendfile(2); -1 where there is none.
  var descriptor: Int32 { get }
  /// Writes some of `first` followed by `second`, as pwritev(2) may: the count can be short.
  func writeSome(_ first: ByteView, _ second: ByteView, at position: Int64) throws(FileError) -> Int
  /// Reads at most `buffer.count` bytes; 0 at the end.
  func readSome(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int
  /// fdatasync(2).
  func sync() throws(FileError)
  func truncate(to size: Int64) throws(FileError)
  func size() throws(FileError) -> Int64
}

extension StoredFile {
  /// Writes all of both parts, one behind the other.
  func write(_ first: ByteView, _ second: ByteView = .empty, at position: Int64) throws(FileError) {
    var first = first
    var second = second
    var position = position
    while first.count + second.count > 0 {
      let written = try writeSome(first, second, at: position)
      guard written > 0 else { throw FileError(operation: "write", path: path, number: 5) }
      position += Int64(written)
      let ofFirst = min(written, first.count)
      first = first.dropFirst(ofFirst)
      second = second.dropFirst(written - ofFirst)
    }
  }

  func write(_ bytes: [UInt8], at position: Int64) throws(FileError) {
    try bytes.withView { (view) throws(FileError) in try write(view, at: position) }
  }

  /// Fills the buffer as far as the file goes.
  ///
  /// - Returns: the number of bytes read; less than asked only at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count {
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = unsafe try readSome(into: part, at: position + Int64(done))
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// The bytes of a range; shorter where the file ends.
  func read(at position: Int64, count: Int) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(FileError) {
        filled = unsafe try read(into: UnsafeMutableRawBufferPointer(buffer), at: position)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
