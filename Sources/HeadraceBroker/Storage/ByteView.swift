internal import Glibc

/// A window on bytes that somebody else keeps alive; every access is checked against its bounds.
///
/// Valid only while the owner's memory is: never stored beyond the call that received it. Integers are big-endian,
/// as Kafka's are.
@safe struct ByteView {
  let pointer: UnsafeRawBufferPointer

  init(_ pointer: UnsafeRawBufferPointer) { unsafe self.pointer = unsafe pointer }

  static var empty: ByteView { unsafe ByteView(UnsafeRawBufferPointer(start: nil, count: 0)) }

  var count: Int { unsafe pointer.count }

  subscript(at: Int) -> UInt8 { load(at, as: UInt8.self) }

  func int8(_ at: Int) -> Int8 { load(at, as: Int8.self) }
  func int16(_ at: Int) -> Int16 { Int16(bigEndian: load(at, as: Int16.self)) }
  func int32(_ at: Int) -> Int32 { Int32(bigEndian: load(at, as: Int32.self)) }
  func uint32(_ at: Int) -> UInt32 { UInt32(bigEndian: load(at, as: UInt32.self)) }
  func int64(_ at: Int) -> Int64 { Int64(bigEndian: load(at, as: Int64.self)) }
  func uint64(_ at: Int) -> UInt64 { UInt64(bigEndian: load(at, as: UInt64.self)) }

  func slice(_ from: Int, count: Int) -> ByteView {
    precondition(from >= 0 && count >= 0 && from <= self.count - count, "slice beyond the view")
    return unsafe ByteView(UnsafeRawBufferPointer(rebasing: pointer[from..<(from + count)]))
  }

  func dropFirst(_ count: Int) -> ByteView { slice(count, count: self.count - count) }

  func array() -> [UInt8] { unsafe [UInt8](pointer) }

  @inline(__always)
  private func load<T: BitwiseCopyable>(_ at: Int, as type: T.Type) -> T {
    precondition(at >= 0 && at <= count - MemoryLayout<T>.size, "read beyond the view")
    return unsafe pointer.loadUnaligned(fromByteOffset: at, as: type)
  }
}

extension [UInt8] {
  /// Lends the array's bytes as a view for the duration of `body`.
  func withView<Result, Failure: Error>(_ body: (ByteView) throws(Failure) -> Result) throws(Failure) -> Result {
    let outcome: Swift.Result<Result, Failure> = unsafe withUnsafeBytes { bytes in
      do throws(Failure) {
        return .success(try body(unsafe ByteView(bytes)))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
