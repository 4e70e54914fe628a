internal import CUV

/// What libuv refused, with its name for the reason.
struct LoopError: Error, Sendable, Hashable, CustomStringConvertible {
  let call: String
  let code: Int32

  var description: String { "\(call): \(unsafe String(cString: uv_strerror(code)))" }

  static func check(_ code: Int32, _ call: String) throws {
    if code < 0 { throw LoopError(call: call, code: code) }
  }
}
