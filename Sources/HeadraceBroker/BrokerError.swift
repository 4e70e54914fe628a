public import HeadraceCore

/// Why the embedded broker cannot start or go on.
public struct BrokerError: ClassifiedError, Sendable, Equatable, CustomStringConvertible {
  /// What kind of error it is.
  public struct Code: Sendable, Hashable {
    let rawValue: String

    /// The host is not a loopback address: the embedded broker is for one machine.
    public static let hostNotLoopback = Code(rawValue: "broker_host_not_loopback")
    /// The port cannot be listened on.
    public static let cannotListen = Code(rawValue: "broker_cannot_listen")
    /// The data folder cannot be opened, or its content cannot be trusted.
    public static let storage = Code(rawValue: "broker_storage")
    /// A setting makes no sense.
    public static let invalidConfiguration = Code(rawValue: "broker_invalid_configuration")
    /// The broker is running already, or was stopped.
    public static let wrongState = Code(rawValue: "broker_wrong_state")
  }

  /// What kind of error it is.
  public let code: Code
  /// What happened and what to do.
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// What the platform should do about it.
  public var failureClass: FailureClass { code == .storage ? .transient : .configuration }
  /// A stable word for machines.
  public var reason: String { code.rawValue }
  /// The message.
  public var detail: String { message }
  /// Reason and message.
  public var description: String { "\(reason): \(message)" }
}
