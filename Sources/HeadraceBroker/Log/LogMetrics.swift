internal import HeadraceTelemetry

/// Counters of one log, in the shared registry.
final class LogMetrics: Sendable {
  let appendedBytes = counter("headrace_broker_log_appended_bytes_total", "Bytes of record batches appended.")
  let appendedBatches = counter("headrace_broker_log_appended_batches_total", "Record batches appended.")
  let refusedBatches = counter("headrace_broker_log_refused_batches_total", "Record batches refused by a check.")
  let duplicateBatches = counter(
    "headrace_broker_log_duplicate_batches_total", "Retries answered with their first place.")
  let readBytes = counter("headrace_broker_log_read_bytes_total", "Bytes of record batches handed to readers.")
  let commits = counter("headrace_broker_log_commits_total", "Commit cycles of the journal.")
  let journalBytes = counter("headrace_broker_log_journal_bytes_total", "Bytes written to the journal.")
  let commitsHeldBack = counter(
    "headrace_broker_log_commits_held_back_total", "Waits of a commit for a checkpoint: both journal files were full.")
  let checkpoints = counter("headrace_broker_log_checkpoints_total", "Checkpoints written.")
  let storageErrors = counter("headrace_broker_log_storage_errors_total", "Failed calls of the file system.")
  let removedBytes = counter("headrace_broker_log_removed_bytes_total", "Bytes removed by retention.")
  let compactedBytes = counter("headrace_broker_log_compacted_bytes_total", "Bytes removed by compaction.")

  private static func counter(_ name: String, _ help: String) -> Counter {
    MetricsRegistry.shared.counter(name, help: help)
  }
}
