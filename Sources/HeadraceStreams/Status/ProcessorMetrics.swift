internal import HeadraceCore
internal import HeadraceTelemetry

/// The metrics of one processor; names are listed in the documentation of this module.
struct ProcessorMetrics: Sendable {
  let processor: String
  let committed: Counter
  let deadLetters: Counter
  let abortedCommits: Counter
  let stuckHandlers: Counter
  let journalHits: Counter
  let journalMisses: Counter
  let handOverWaits: Counter
  let ignoredMetadata: Counter
  let assignments: Counter
  let revocations: Counter
  let losses: Counter
  let commitSeconds: Histogram
  private let slotsBusy: Gauge
  private let slots: Gauge
  private let bufferedBytes: Gauge
  private let backlogSeconds: Gauge

  init(processor: String, registry: MetricsRegistry = .shared) {
    self.processor = processor
    let labels = ["processor": processor]
    func counter(_ name: String, _ help: String) -> Counter {
      registry.counter("headrace_processor_" + name, help: help, labels: labels)
    }
    func gauge(_ name: String, _ help: String) -> Gauge {
      registry.gauge("headrace_processor_" + name, help: help, labels: labels)
    }
    committed = counter("records_committed_total", "Records acknowledged by a commit.")
    deadLetters = counter("dead_letters_total", "Records given up.")
    abortedCommits = counter("commits_aborted_total", "Commits that did not go through.")
    stuckHandlers = counter("handlers_stuck_total", "Handlers beyond their deadline.")
    journalHits = counter("journal_hits_total", "Calls answered from the journal.")
    journalMisses = counter("journal_misses_total", "Calls that were made and paid for.")
    handOverWaits = counter("hand_over_waits_total", "Calls that waited for a former owner's result.")
    ignoredMetadata = counter("metadata_ignored_total", "Committed metadata that was not believed.")
    assignments = counter("assignments_total", "Assignments of partitions.")
    revocations = counter("revocations_total", "Partitions given back.")
    losses = counter("losses_total", "Partitions lost.")
    commitSeconds = registry.histogram(
      "headrace_processor_commit_seconds", help: "Duration of a commit.", labels: labels,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
    slotsBusy = gauge("slots_busy", "Handlers in progress.")
    slots = gauge("slots", "Handlers that may be in progress at a time.")
    bufferedBytes = gauge("buffered_bytes", "What is held in memory, as the budgets count it.")
    backlogSeconds = gauge("scaling_signal", "Replicas' worth of work: see the scaling signal.")
  }

  func failures(of failureClass: FailureClass) -> Counter {
    MetricsRegistry.shared.counter(
      "headrace_processor_failures_total", help: "Failed attempts by class.",
      labels: ["processor": processor, "class": failureClass.rawValue])
  }

  func record(_ status: ProcessorStatus) {
    slotsBusy.set(Double(status.slotsBusy))
    slots.set(Double(status.slots))
    bufferedBytes.set(Double(status.bufferedBytes))
    backlogSeconds.set(status.scaling.desiredShare)
    for partition in status.partitions {
      let labels = ["processor": processor, "topic": partition.topic, "partition": String(partition.partition)]
      func set(_ name: String, _ help: String, _ value: Double) {
        MetricsRegistry.shared.gauge("headrace_processor_" + name, help: help, labels: labels).set(value)
      }
      set(
        "pending", "Records that are not acknowledged: end - base - acknowledged beyond it.", Double(partition.pending))
      set("oldest_seconds", "Age of the oldest record that is not acknowledged.", partition.oldestAgeSeconds ?? 0)
      set("window_use", "Use of the acknowledgement window, 0 to 1.", partition.windowUse)
      for reason in WhyNotFaster.allCases {
        MetricsRegistry.shared.gauge(
          "headrace_processor_why_not_faster", help: "1 for the reason that holds the partition back.",
          labels: labels.merging(["reason": reason.rawValue]) { $1 }
        ).set(partition.whyNotFaster == reason ? 1 : 0)
      }
    }
  }

  func end() { slotsBusy.set(0) }
}
