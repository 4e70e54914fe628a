extension ConfigurationKey {
  /// Every setting there is, tree by tree.
  public static let all: [ConfigurationKey] = [
    dataFolder,
    kafkaBootstrapServers, kafkaClientID, kafkaExtra,
    brokerPort, brokerDurability, brokerPartitions,
    gatewayHost, gatewayPort, gatewayURL, gatewayMaximumUploadBytes, gatewayMaximumConnections,
    gatewayMaximumWaitSeconds, gatewayMaximumUploads, gatewayMaximumWaiters, gatewayMaximumEventStreams,
    gatewayAllowedHosts,
    blobsStore, blobsFolder, blobsS3Endpoint, blobsS3Bucket, blobsS3Region, blobsS3AccessKey, blobsS3SecretKey,
    blobsGraceHours,
    viewFile,
    topicsPartitions, topicsReplication,
    enricherGroup, enricherSlots, enricherCommitIntervalMilliseconds, enricherMaximumCalls, enricherHandlerSeconds,
    enricherInstanceID, enricherMaximumAttempts, enricherChunkTokens,
    extractionExecutable, extractionChildren, extractionSandbox, extractionOCRLanguages,
    llmBaseURL, llmDialect, llmModel, llmAPIKey, llmConcurrency, llmProviders, llmTargets, llmRoutes, llmBudgets,
    llmPriceTable, llmPolicy, llmShadowPolicy, llmCalls,
    llmCacheBytes, llmLocalCommand,
    telemetryLogLevel, telemetryLogFormat, telemetryMetricsPort, telemetryOTLPEndpoint,
    shutdownSeconds,
  ]

  /// The setting of that name.
  public static func named(_ name: String) -> ConfigurationKey? { all.first { $0.name == name } }

  private static let port = 0...65535

  package static let dataFolder = ConfigurationKey(
    "data-folder", .text, default: ".headrace",
    "Where the embedded broker, blobs and the view live. In the working directory by default: one project, one folder.")

  package static let kafkaBootstrapServers = ConfigurationKey(
    "kafka.bootstrap-servers", .text,
    "HOST:PORT[,…] of Apache Kafka. Without it `up` starts the embedded broker; the other commands try 127.0.0.1:9092.")
  package static let kafkaClientID = ConfigurationKey(
    "kafka.client-id", .text, default: "headrace", "How brokers name us in their logs and quotas.")
  package static let kafkaExtra = ConfigurationKey(
    "kafka.extra", .tree, "Any librdkafka property by its own name, e.g. security.protocol; wins over everything else.")

  package static let brokerPort = ConfigurationKey(
    "broker.port", .integer(port), default: "9092",
    "Where the embedded broker listens, on loopback only. 0 takes any free port.")
  package static let brokerDurability = ConfigurationKey(
    "broker.durability", .choice(["fsync", "os"]), default: "fsync",
    "fsync: an acknowledged record survives a power cut. os: it survives kill -9 only, as in Apache Kafka; faster.")
  package static let brokerPartitions = ConfigurationKey(
    "broker.partitions", .integer(1...1000), default: "1",
    "Partitions of topics that a client creates without saying how many: 1, as in Apache Kafka.")

  package static let gatewayHost = ConfigurationKey(
    "gateway.host", .text, default: "127.0.0.1",
    "Where the gateway listens. Loopback only until authentication is there: any other address is refused.")
  package static let gatewayPort = ConfigurationKey(
    "gateway.port", .integer(port), default: "8080", "The gateway's port. 0 takes any free port.")
  package static let gatewayURL = ConfigurationKey(
    "gateway.url", .text, default: "http://127.0.0.1:8080", "Where the command line finds the gateway.")
  package static let gatewayMaximumUploadBytes = ConfigurationKey(
    "gateway.maximum-upload-bytes", .bytes, default: "2GiB", "The largest document; a larger one is answered by 413.")
  package static let gatewayMaximumConnections = ConfigurationKey(
    "gateway.maximum-connections", .integer(1...1_000_000), default: "20000",
    "Connections at once; more wait in the kernel's queue. Each costs under 1 KiB while idle.")

  package static let gatewayMaximumWaitSeconds = ConfigurationKey(
    "gateway.maximum-wait-seconds", .integer(0...3600), default: "60",
    "The longest that `Prefer: wait=N` is granted: what most proxies wait for.")
  package static let gatewayMaximumUploads = ConfigurationKey(
    "gateway.maximum-uploads", .integer(1...1_000_000), default: "1024",
    "Requests with a body in work at once; more are answered by 503 with Retry-After.")
  package static let gatewayMaximumWaiters = ConfigurationKey(
    "gateway.maximum-waiters", .integer(0...1_000_000), default: "10000",
    "Requests that wait for a document at once; more are answered without waiting.")
  package static let gatewayMaximumEventStreams = ConfigurationKey(
    "gateway.maximum-event-streams", .integer(1...1_000_000), default: "12000",
    "Event streams at once, some 33 KiB each; more are answered by 503.")
  package static let gatewayAllowedHosts = ConfigurationKey(
    "gateway.allowed-hosts", .list,
    "Names by which requests may address the gateway beside loopback's own, e.g. behind a proxy: a page of another site must not reach it by a name that it controls."
  )

  package static let blobsStore = ConfigurationKey(
    "blobs.store", .choice(["folder", "s3"]), default: "folder",
    "Where contents above 64 KiB go. Several hosts need s3.")
  package static let blobsFolder = ConfigurationKey(
    "blobs.folder", .text, "The folder of the folder store; `blobs` in the data folder by default.")
  package static let blobsS3Endpoint = ConfigurationKey("blobs.s3-endpoint", .text, "URL of the S3 service.")
  package static let blobsS3Bucket = ConfigurationKey("blobs.s3-bucket", .text, "The bucket; it must exist.")
  package static let blobsS3Region = ConfigurationKey(
    "blobs.s3-region", .text, default: "us-east-1", "The region, for signing.")
  package static let blobsS3AccessKey = ConfigurationKey("blobs.s3-access-key", .text, "The access key id.")
  package static let blobsS3SecretKey = ConfigurationKey(
    "blobs.s3-secret-key", .text, secret: true, "The secret access key.")
  package static let blobsGraceHours = ConfigurationKey(
    "blobs.grace-hours", .integer(24...8760), default: "24",
    "How long a content that no document refers to is kept: at least a day, so that no upload in flight loses its own.")

  package static let viewFile = ConfigurationKey(
    "view.file", .text,
    "The SQLite file of the read view; `view.sqlite` in the data folder by default. It can be deleted: it is rebuilt.")

  package static let topicsPartitions = ConfigurationKey(
    "topics.partitions", .integer(1...1000), default: "8",
    "Partitions of the platform's own topics when they are created. It can't be changed later without losing key order."
  )
  package static let topicsReplication = ConfigurationKey(
    "topics.replication-factor", .integer(-1...10), default: "-1",
    "Replicas of the platform's topics; -1 takes the cluster's default.")

  package static let enricherGroup = ConfigurationKey(
    "enricher.group", .text, default: "enricher", "The consumer group.")
  package static let enricherSlots = ConfigurationKey(
    "enricher.slots", .integer(1...100_000), default: "64",
    "Documents in work at once, in this process. Model calls are bounded by llm.concurrency besides.")
  package static let enricherCommitIntervalMilliseconds = ConfigurationKey(
    "enricher.commit-interval-milliseconds", .integer(1...60_000), default: "100",
    "The longest a finished document waits for its commit; while commits are quick they follow sooner.")
  package static let enricherMaximumCalls = ConfigurationKey(
    "enricher.maximum-calls-per-document", .integer(1...1000), default: "12",
    "Model calls for one document; what a longer one loses is said in its event. 12 keeps a local model under some minutes."
  )
  package static let enricherHandlerSeconds = ConfigurationKey(
    "enricher.handler-seconds", .integer(1...86_400), default: "1800",
    "After this time a document's handler is cancelled and tried again: a local model may need half an hour for a long one."
  )
  package static let enricherInstanceID = ConfigurationKey(
    "enricher.instance-id", .text,
    "group.instance.id for rolling restarts of `serve`; `up` keeps one in its data folder, so that a restart takes its own place."
  )
  package static let enricherMaximumAttempts = ConfigurationKey(
    "enricher.maximum-attempts", .integer(1...100), default: "5",
    "Attempts that count (content, bug) before a document is a dead letter.")
  package static let enricherChunkTokens = ConfigurationKey(
    "enricher.chunk-tokens", .integer(100...1_000_000), default: "850",
    "Tokens of a part of a long document: 850 (3,000 to 3,500 characters) is what models of 1.5 billion weights still read well."
  )

  package static let extractionExecutable = ConfigurationKey(
    "extraction.executable", .text,
    "headrace-extract, the child for hostile formats; beside the headrace binary by default.")
  package static let extractionChildren = ConfigurationKey(
    "extraction.children", .integer(1...1000), "Child processes at once; as many as there are cores by default.")
  package static let extractionSandbox = ConfigurationKey(
    "extraction.sandbox", .choice(["automatic", "required", "off"]), default: "automatic",
    "bubblewrap around the child: where it works, or required, or not at all.")
  package static let extractionOCRLanguages = ConfigurationKey(
    "extraction.ocr-languages", .list,
    "Tesseract's languages (eng,deu) for PDFs without text. Off by default: it is slow.")

  package static let llmBaseURL = ConfigurationKey(
    "llm.base-url", .text, "An OpenAI-compatible server, ending in /v1. Wins over every provider's own variables.")
  package static let llmDialect = ConfigurationKey(
    "llm.dialect", .choice(["openai-chat", "openai-responses", "anthropic", "gemini"]), default: "openai-chat",
    "The protocol of that server.")
  package static let llmModel = ConfigurationKey("llm.model", .text, "The model that server is asked for.")
  package static let llmAPIKey = ConfigurationKey(
    "llm.api-key", .text, secret: true, "The key for that server, when it wants one.")
  package static let llmConcurrency = ConfigurationKey(
    "llm.concurrency", .integer(1...10_000),
    "Calls at once on the default route. 2 for a server on this machine, else 64.")
  package static let llmProviders = ConfigurationKey("llm.providers", .tree, "Providers: name, dialect, url, key.")
  package static let llmTargets = ConfigurationKey(
    "llm.targets", .tree, "Models of the providers, with what they can do and cost.")
  package static let llmRoutes = ConfigurationKey(
    "llm.routes", .tree, "Routes: which models, in which order, within which limits.")
  package static let llmBudgets = ConfigurationKey(
    "llm.budgets", .tree, "Spend caps by route, tenant, processor and window.")
  package static let llmPriceTable = ConfigurationKey(
    "llm.price-table", .text, "A file of prices; the shipped table by default.")
  package static let llmPolicy = ConfigurationKey(
    "llm.policy", .text, "A file with the router's policy; the shipped one by default.")
  package static let llmShadowPolicy = ConfigurationKey(
    "llm.shadow-policy", .text, "A file with a policy that decides beside the real one and is only counted.")
  package static let llmCalls = ConfigurationKey(
    "llm.calls", .tree, "Time-outs and repeats of calls: first-token-seconds, between-tokens-seconds, and others.")
  package static let llmCacheBytes = ConfigurationKey(
    "llm.cache-bytes", .bytes, default: "0B",
    "Memory for exact repeats of calls; off by default: the journal serves processors already.")
  package static let llmLocalCommand = ConfigurationKey(
    "llm.local-command", .text, "A command that runs a model server; `up` starts it, watches it and ends it.")

  package static let telemetryLogLevel = ConfigurationKey(
    "telemetry.log-level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
    default: "info",
    "The lowest level that is written.")
  package static let telemetryLogFormat = ConfigurationKey(
    "telemetry.log-format", .choice(["text", "json"]), default: "text",
    "Lines for people or for machines, on standard error.")
  package static let telemetryMetricsPort = ConfigurationKey(
    "telemetry.metrics-port", .integer(port),
    "A port on loopback with /livez, /readyz and /metrics for roles that serve no HTTP themselves.")
  package static let telemetryOTLPEndpoint = ConfigurationKey(
    "telemetry.otlp-endpoint", .text, "Where spans go by OTLP over HTTP, e.g. http://127.0.0.1:4318. Off by default.")

  package static let shutdownSeconds = ConfigurationKey(
    "shutdown-seconds", .integer(1...3600), default: "30",
    "How long a graceful end may take: model calls in flight are paid for, so they may finish.")
}
