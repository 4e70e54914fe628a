internal import FoundationEssentials
public import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// Documents behind the log: takes uploads, deletes, and answers from the view.
///
/// An upload is accepted only when the log has acknowledged it with acks=all. Several services on one log are replicas of
/// each other: each has a whole view, and any of them can answer any question. All verbs are safe to use from any task
/// while ``run()`` runs.
///
/// ```swift
/// let documents = DocumentService(
///   configuration: DocumentServiceConfiguration(kafka: kafka, viewPath: "data/view.sqlite"),
///   blobs: FolderBlobStore(folder: "data/blobs"))
/// // … in a ServiceGroup …
/// let accepted = try await documents.accept(DocumentUpload(name: "a.txt", contentType: "text/plain"), body: body)
/// let finished = try await documents.wait(for: accepted.document, timeout: .seconds(30))
/// ```
public final class DocumentService: Service {
  let configuration: DocumentServiceConfiguration
  let blobs: any BlobStore
  let view: DocumentView
  let reader: LogReader
  let logger = Logger(label: "headrace.documents")

  private let state = Mutex(State())

  private struct State {
    var producer: KafkaProducer?
    var blobProblem: String? = "not tried yet"
    var logProblem: String?
  }

  /// A service; nothing happens before ``run()``.
  public init(configuration: DocumentServiceConfiguration, blobs: any BlobStore) {
    var configuration = configuration
    // A log that is back is asked again soon: people wait behind every client of this service.
    let patience = "reconnect.backoff.max.ms"
    configuration.kafka.extra[patience] = configuration.kafka.extra[patience] ?? "500"
    self.configuration = configuration
    self.blobs = blobs
    view = DocumentView(
      path: configuration.viewPath, kafka: configuration.kafka, progressRetention: configuration.progressRetention)
    reader = LogReader(kafka: configuration.kafka)
  }

  /// Follows the log, produces, and sweeps blobs, until cancelled or shut down.
  ///
  /// A log or a blob store that does not answer is waited for; ``health`` says what is missing.
  public func run() async throws {
    var kafka = configuration.kafka
    kafka.producer.acks = .all
    kafka.producer.idempotent = true
    kafka.producer.linger = .zero
    kafka.producer.deliveryTimeout = configuration.acknowledgementTimeout
    kafka.producer.recreatesAfterFatal = true
    let producer = try KafkaProducer(configuration: kafka)
    state.withLock { $0.producer = producer }
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [view] in try await view.run() }
        group.addTask { [self] in try await keepHouse() }
        try await group.next()
        group.cancelAll()
      }
    } catch {
      await close()
      throw error
    }
    await close()
  }

  /// Returns when the view has read all that was in the log when it started.
  ///
  /// - Throws: ``DocumentError/Code/viewBehind`` when the time is over first.
  public func waitUntilReady(timeout: Duration) async throws {
    let deadline = ContinuousClock.now + timeout
    while !view.status.isReady {
      guard ContinuousClock.now < deadline else {
        throw DocumentError(.viewBehind, "The view is not ready: \(view.status.problem ?? "unknown").")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// What works and what does not. Cheap, any thread.
  public var health: DocumentHealth {
    let (blobProblem, logProblem) = state.withLock { ($0.blobProblem, $0.logProblem) }
    let view = view.status
    return DocumentHealth(parts: [
      .init(name: "log", isReady: logProblem == nil, detail: logProblem ?? ""),
      .init(name: "view", isReady: view.isReady, detail: view.problem ?? ""),
      .init(name: "blobs", isReady: blobProblem == nil, detail: blobProblem ?? ""),
    ])
  }

  // MARK: For the verbs

  /// Sends a record and waits for its acknowledgement.
  func send(_ record: ProducerRecord) async throws -> Delivery {
    guard let producer = state.withLock({ $0.producer }) else {
      throw DocumentError(.logUnavailable, "The service is not running.")
    }
    do {
      let delivery = try await producer.send(record)
      state.withLock { $0.logProblem = nil }
      return delivery
    } catch {
      state.withLock { $0.logProblem = error.isRetriable || error.isFatal ? "\(error)" : nil }
      throw DocumentError(.logUnavailable, "The log has not acknowledged the record: \(error)")
    }
  }

  /// `/headrace/<cluster>/<role>`
  func eventSource() throws -> String { "/headrace/\(try view.open().log.clusterID)/\(configuration.role)" }

  /// Where a document's records go, by Java's placement: the same for every attempt at one id.
  func partition(of id: DocumentID) throws -> Int32 {
    Partitioner.murmur2(id.key, partitionCount: Int(try view.open().log.partitions))
  }

  // MARK: Helpers

  private func close() async {
    let producer = state.withLock { $0.producer.take() }
    _ = await producer?.close(deadline: .seconds(5))
    await reader.close()
  }

  /// Tries what has failed again, tries the blob store, and removes what nothing refers to.
  private func keepHouse() async throws {
    var nextSweep = ContinuousClock.now + configuration.sweepInterval
    var nextBlobCheck = ContinuousClock.now
    while !Task.isCancelled {
      if ContinuousClock.now >= nextBlobCheck || state.withLock({ $0.blobProblem }) != nil {
        nextBlobCheck = ContinuousClock.now + .seconds(30)
        await checkBlobs()
      }
      // A service that is not ready gets no uploads, so none can show that the log is back.
      if state.withLock({ $0.logProblem }) != nil, let admin = try? view.open().log.admin,
        (try? await admin.cluster(deadline: .seconds(2))) != nil
      {
        state.withLock { $0.logProblem = nil }
      }
      if ContinuousClock.now >= nextSweep {
        nextSweep = ContinuousClock.now + configuration.sweepInterval
        await sweep()
      }
      try await Task.sleep(for: min(.seconds(2), configuration.sweepInterval))
    }
  }

  private func checkBlobs() async {
    do {
      try await blobs.check()
      state.withLock { $0.blobProblem = nil }
    } catch {
      state.withLock { $0.blobProblem = "\(error)" }
      logger.warning("blobs can't be written: \(error)")
    }
  }

  /// Removes blobs that no document refers to. Only a view that is not behind knows that.
  func sweep() async {
    guard view.status.isReady, let store = try? view.open().store else { return }
    let grace = max(configuration.blobGrace, .seconds(3600))
    do {
      let swept = try await blobs.sweep(olderThan: Date.now.addingTimeInterval(-grace.seconds)) { blob in
        try await store.refers(to: blob)
      }
      if swept.removed > 0 {
        logger.info("swept blobs", ["removed": "\(swept.removed)", "bytes": "\(swept.removedBytes)"])
      }
    } catch { logger.warning("blobs can't be swept: \(error)") }
  }
}
