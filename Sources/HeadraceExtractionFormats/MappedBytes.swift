internal import Glibc
internal import HeadraceExtraction

/// A whole document in memory, mapped where it can be.
///
/// Invariant of the unchecked conformance: the memory is only read, and stays as long as the process or, for `lending`,
/// as long as the call.
@safe
package struct MappedBytes: RandomAccessBytes, @unchecked Sendable {
  /// The bytes.
  package let buffer: UnsafeRawBufferPointer

  /// How many there are.
  package var count: Int { unsafe buffer.count }

  /// Memory that somebody else keeps.
  package init(lending buffer: UnsafeRawBufferPointer) { unsafe self.buffer = buffer }

  /// All that can be read from `descriptor`; nil when it cannot be.
  package init?(descriptor: Int32) {
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0 else { return nil }
    let size = Int(facts.st_size)
    if facts.st_mode & S_IFMT == S_IFREG {
      guard size > 0 else {
        unsafe buffer = UnsafeRawBufferPointer(start: nil, count: 0)
        return
      }
      guard let memory = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe memory != MAP_FAILED
      else {
        return nil
      }
      unsafe buffer = UnsafeRawBufferPointer(start: memory, count: size)
      return
    }
    // A pipe, for those who try the helper by hand.
    var bytes: [UInt8] = []
    var window = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = unsafe Glibc.read(descriptor, &window, window.count)
      if count < 0 { return nil }
      if count == 0 { break }
      bytes.append(contentsOf: window[..<count])
      if bytes.count > 1 << 28 { return nil }
    }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    unsafe copy.copyBytes(from: bytes)
    unsafe buffer = UnsafeRawBufferPointer(copy)
  }

  package func bytes(at offset: Int, count: Int) -> [UInt8] {
    let start = min(max(offset, 0), self.count)
    let end = min(start + max(count, 0), self.count)
    return unsafe Array(buffer[start..<end])
  }
}
