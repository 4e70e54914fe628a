internal import CSQLite
public import HeadraceCore

/// What went wrong with a database, and whether trying again can help.
public struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of error.
  public let code: Code
  /// SQLite's extended result code; 0 where the error is ours.
  public let extendedCode: Int32
  /// SQLite's message.
  public let message: String
  /// The statement that failed, where there was one.
  public let statement: String?

  /// A kind of error. More kinds may come.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// A stable word.
    public let rawValue: String

    /// A kind by its stable word.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The database has been closed by its owner.
    public static let closed = Code(rawValue: "closed")
    /// Another process holds a lock longer than the busy time-out.
    public static let busy = Code(rawValue: "busy")
    /// The disk is full, or a limit on the file's size is reached. Nothing of the transaction remains.
    public static let full = Code(rawValue: "full")
    /// The file is damaged or no database.
    public static let corrupt = Code(rawValue: "corrupt")
    /// A uniqueness, NOT NULL, CHECK or foreign-key constraint refused a change.
    public static let constraint = Code(rawValue: "constraint")
    /// The file cannot be opened or created, or may not be written.
    public static let cannotOpen = Code(rawValue: "cannot_open")
    /// Reading from or writing to the disk failed.
    public static let inputOutput = Code(rawValue: "input_output")
    /// The file was written by a newer release.
    public static let newerFormat = Code(rawValue: "newer_format")
    /// A column holds another type than asked for, or a row has no such column.
    public static let mismatch = Code(rawValue: "mismatch")
    /// The statement is wrong: a programmer's error.
    public static let misuse = Code(rawValue: "misuse")

    /// The stable word.
    public var description: String { rawValue }
  }

  package init(code: Code, extendedCode: Int32, message: String, statement: String?) {
    self.code = code
    self.extendedCode = extendedCode
    self.message = message
    self.statement = statement
  }

  /// The error of a result code that SQLite returned.
  init(result: Int32, message: String, statement: String?) {
    let code: Code =
      switch result & 0xff {
      case SQLITE_BUSY, SQLITE_LOCKED: .busy
      case SQLITE_FULL: .full
      case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
      case SQLITE_CONSTRAINT: .constraint
      case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .cannotOpen
      case SQLITE_IOERR: .inputOutput
      case SQLITE_MISMATCH, SQLITE_RANGE: .mismatch
      default: .misuse
      }
    self.init(code: code, extendedCode: result, message: message, statement: statement)
  }

  /// The message with the code and the statement.
  public var description: String {
    let place = statement.map { " in: \($0)" } ?? ""
    return "SQLite \(code) (\(extendedCode)): \(message)\(place)"
  }
}

extension SQLiteError: ClassifiedError {
  /// Busy, full and I/O errors pass; the others do not without a change.
  public var failureClass: FailureClass {
    switch code {
    case .busy, .full, .inputOutput: .transient
    case .cannotOpen, .newerFormat, .corrupt: .configuration
    default: .bug
    }
  }

  /// No time is known after which trying again helps.
  public var retryAfter: Duration? { nil }

  /// The code's stable word with `sqlite_` before it.
  public var reason: String { "sqlite_\(code.rawValue)" }
}
