/// Why a case does not hold.
struct CaseFailure: Error, Equatable, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }

  /// The broker closed the connection.
  static let closed = CaseFailure("the connection was closed")
}

/// Demands that two values are equal. Cases run on threads of their own, where `#expect` has no test to report to.
func demand<Value: Equatable>(
  _ value: Value, _ expected: Value, _ what: String = "", line: UInt = #line
) throws {
  guard value == expected else {
    throw CaseFailure("line \(line): \(what.isEmpty ? "" : what + ": ")\(value) instead of \(expected)")
  }
}

/// Demands that something holds.
func demand(_ holds: Bool, _ what: String, line: UInt = #line) throws {
  guard holds else { throw CaseFailure("line \(line): \(what)") }
}

/// Demands that something is there.
func demanded<Value>(_ value: Value?, _ what: String, line: UInt = #line) throws -> Value {
  guard let value else { throw CaseFailure("line \(line): no \(what)") }
  return value
}
