/// What an observer of a service's commits hears: for benchmarks and tests.
package enum CommitObservation: Sendable {
  /// The first record has been admitted.
  case firstRecord
  /// A commit went through; the log times of its records in milliseconds since 1970.
  case committed([Int64])
}
