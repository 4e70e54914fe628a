import Foundation

/// What a worker process is told, in its environment.
struct WorkerOptions: Codable, Sendable {
  static let variable = "HEADRACE_STREAMS_WORKER"

  var bootstrapServers: String
  var name: String
  var input: String
  var output: String
  var slots = 20
  var sessionTimeoutMilliseconds = 6_000
  var shortestCallMilliseconds = 10
  var longestCallMilliseconds = 150
  /// One line for each call begun ("P fingerprint") and each whose result was returned ("F fingerprint").
  var bill: String
  /// Records with this value kill the process that handles them.
  var deadlyValue: String?
  /// Static membership: a restarted worker takes its own place at once.
  var instance: String?
  var commitIntervalMilliseconds = 50
  var maximumAttempts = 5

  static var current: WorkerOptions? {
    ProcessInfo.processInfo.environment[variable].flatMap {
      try? JSONDecoder().decode(WorkerOptions.self, from: Data($0.utf8))
    }
  }
}
