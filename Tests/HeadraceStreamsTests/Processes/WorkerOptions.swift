import Foundation
import HeadraceCore

/// What a worker process is told, in its environment.
struct WorkerOptions: Codable, Sendable {
  static let variable = "HEADRACE_STREAMS_WORKER"

  var bootstrapServers: String
  var name: String
  var input: String
  var output: String
  /// Where the model answers.
  var model = ""
  var slots = 20
  var sessionTimeoutMilliseconds = 6_000
  /// See `Bill`.
  var bill: String
  /// Records with this value kill the process that handles them.
  var deadlyValue: String?
  /// Static membership: a restarted worker takes its own place at once.
  var instance: String?
  /// Names this process to the broker.
  var clientID = "worker"
  var commitIntervalMilliseconds = 50
  var maximumAttempts = 5
  var order = "key"

  static var current: WorkerOptions? {
    ProcessInfo.processInfo.environment[variable].flatMap {
      try? JSONDecoder().decode(WorkerOptions.self, from: Data($0.utf8))
    }
  }

  /// What names a call for a text.
  static func fingerprint(of text: String) -> CallFingerprint { CallFingerprint(parts: [("text", text)]) }
}
