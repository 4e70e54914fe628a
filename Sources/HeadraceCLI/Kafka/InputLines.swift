import Glibc

/// Reads records from a file descriptor, one between two delimiters, with memory for one record and one read.
struct InputLines: ~Copyable {
  /// A record is larger than the limit.
  struct TooLong: Error, CustomStringConvertible {
    var limit: Int
    var description: String { "a line of the input is longer than \(limit) bytes" }
  }

  private let descriptor: Int32
  private let delimiter: UInt8
  private let limit: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false

  /// - Parameter limit: Bytes of the largest record; 1 GiB by default, the broker's own limit comes before it.
  init(descriptor: Int32, delimiter: UInt8 = UInt8(ascii: "\n"), limit: Int = 1 << 30) {
    self.descriptor = descriptor
    self.delimiter = delimiter
    self.limit = limit
  }

  /// The records that one read completes; nil at the end. Blocks: call it on a thread that may.
  mutating func next() throws -> [[UInt8]]? {
    guard !isAtEnd else { return nil }
    var lines: [[UInt8]] = []
    while lines.isEmpty {
      let known = buffer.count
      let size = 64 << 10
      let count = buffer.withExtendedCapacity(size) { read(descriptor, $0, size) }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: "standard input", code: errno)
      }
      if count == 0 {
        isAtEnd = true
        if buffer.count > start { lines.append(Array(buffer[start...])) }
        return lines.isEmpty ? nil : lines
      }
      var from = known
      while let end = buffer[from...].firstIndex(of: delimiter) {
        lines.append(Array(buffer[start..<end]))
        start = end + 1
        from = start
      }
      guard buffer.count - start <= limit else { throw TooLong(limit: limit) }
      if start > 1 << 20 || start == buffer.count {
        buffer.removeFirst(start)
        start = 0
      }
    }
    return lines
  }
}

extension [UInt8] {
  /// Lets `fill` write up to `size` bytes behind the end; it returns how many it wrote (or less than zero).
  mutating func withExtendedCapacity(_ size: Int, _ fill: (UnsafeMutableRawPointer) -> Int) -> Int {
    let count = self.count
    append(contentsOf: repeatElement(0, count: size))
    let written = withUnsafeMutableBytes { fill($0.baseAddress! + count) }
    removeLast(size - Swift.max(0, written))
    return written
  }
}
