public import HeadraceCore

/// What the runtime itself reports.
public struct ProcessorError: Error, ClassifiedError, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of error; new ones may be added.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    /// The stable word.
    public let description: String
    init(_ word: String) { description = word }

    /// A value of the configuration is out of its range, or a topic that it names is missing.
    public static let configuration = Code("configuration")
    /// The partition has been given back: nothing that this handler returns would be written. Let it pass through.
    public static let revoked = Code("revoked")
    /// The handler's deadline has passed.
    public static let deadlineExceeded = Code("deadline_exceeded")
    /// The journal could not be read or written.
    public static let journal = Code("journal")
    /// Journal mode `require` and no result there.
    public static let journalMiss = Code("journal_miss")
    /// The service is not running.
    public static let notRunning = Code("not_running")
    /// The spend cap of the processor or the replay is reached.
    public static let spendCap = Code("spend_cap")
    /// A replay plan or run that is not there, or not in a state for this verb.
    public static let replay = Code("replay")
    /// A record larger than may be written.
    public static let tooLarge = Code("too_large")
    /// The worker process died while it handled the record, more often than attempts are allowed.
    public static let processDied = Code("process_died")
  }

  /// What kind of error.
  public let code: Code
  /// For a person: what happened and what to do next.
  public let message: String

  /// Makes an error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// "code: message".
  public var description: String { "\(code): \(message)" }
  /// The stable word.
  public var reason: String { code.description }
  /// Always nil: the retry policy decides.
  public var retryAfter: Duration? { nil }
  /// How the runtime treats a record that fails with it.
  public var failureClass: FailureClass {
    switch code {
    case .configuration, .journalMiss: .configuration
    case .tooLarge: .content
    case .spendCap: .quota
    case .processDied: .bug
    default: .transient
    }
  }
}
