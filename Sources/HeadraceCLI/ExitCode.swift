/// How the process ends, as users of Kafka's tools and of shells expect it.
enum ExitCode: Int32, Error {
  /// All went well.
  case success = 0
  /// Something did not; it has been said on standard error.
  case failure = 1
  /// The command line could not be understood.
  case usage = 2
  /// SIGTERM, where the end was not the work's own.
  case terminated = 143
  /// Ctrl-C.
  case interrupted = 130
}
