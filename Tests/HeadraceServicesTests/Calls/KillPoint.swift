import Foundation

/// The points of a call's life at which its process dies, in their order.
enum KillPoint: String, Codable, CaseIterable, Sendable {
  /// The journal has said that the call was never made; nothing is sent.
  case begun
  /// The request is on the wire, no byte has come back.
  case sent
  /// The answer's first words are here.
  case streaming
  /// The whole answer is here; the bill knows nothing.
  case answered
  /// The event of the bill is acknowledged; the journal knows nothing.
  case billed
  /// The result is about to be written to the journal.
  case recording
  /// The journal has acknowledged the result; the handler has not gone on.
  case recorded
  /// The handler has returned; its record is not acknowledged.
  case handled
  /// Any moment of several calls.
  case anywhere
}

/// What a process that calls models and will die is told, in its environment.
struct CallerOptions: Codable, Sendable {
  static let variable = "HEADRACE_TEST_CALLER"

  var bootstrapServers: String
  var modelURL: String
  var input: String
  var output: String
  var usage: String
  var processor: String
  var slots = 6
  /// A line for each step of each call.
  var diary: String
  var killPoint: KillPoint?
  /// Passes of the point before the death.
  var passes = 0

  static var current: CallerOptions? {
    ProcessInfo.processInfo.environment[variable].flatMap {
      try? JSONDecoder().decode(CallerOptions.self, from: Data($0.utf8))
    }
  }
}
