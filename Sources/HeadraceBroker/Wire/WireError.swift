/// Why bytes on the wire are not a message. A connection that sent them is closed without an answer.
enum WireError: Error, Equatable {
  /// The bytes end before the message does.
  case truncated
  /// A length or count is negative where it must not be, or promises more than the frame holds.
  case badLength(Int)
  /// A string is not UTF-8.
  case badString
  /// The message holds more elements than one request may.
  case tooManyElements
  /// A value that may be null in other places is null here.
  case unexpectedNull
  /// A message without meaning, such as an unknown API key or version.
  case unsupported(key: Int16, version: Int16)
  /// Bytes are left over behind the message.
  case trailing(Int)
}
