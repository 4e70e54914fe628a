public import HeadraceKafka

/// How a ``DocumentService`` works.
public struct DocumentServiceConfiguration: Sendable {
  /// The log.
  public var kafka: KafkaConfiguration
  /// The view's file. It can be deleted at any time.
  public var viewPath: String
  /// How long a look-up of an unknown document waits for the view to pass the end of the log. Default 2 s.
  public var readYourWritesTimeout: Duration = .seconds(2)
  /// How long an upload waits for the log's acknowledgement. Default 10 s.
  public var acknowledgementTimeout: Duration = .seconds(10)
  /// How long steps of progress are kept: the retention of `document.progress`. Default 1 day.
  public var progressRetention: Duration = .seconds(86_400)
  /// How old a blob must be before it is removed when no document refers to it. Default 24 h; never less than 1 h, since
  /// an upload that is being written has no document yet.
  public var blobGrace: Duration = .seconds(86_400)
  /// How often blobs are swept. Default 1 h.
  public var sweepInterval: Duration = .seconds(3600)
  /// The role in event sources: `/headrace/<cluster>/<role>`. Default `gateway`.
  public var role = "gateway"

  /// The defaults.
  public init(kafka: KafkaConfiguration, viewPath: String) {
    self.kafka = kafka
    self.viewPath = viewPath
  }
}
