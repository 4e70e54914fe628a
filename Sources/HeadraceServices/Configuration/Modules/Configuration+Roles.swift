import HeadraceCore
package import HeadraceDocuments
public import HeadraceExtraction
import HeadraceGateway
import HeadraceHTTP
package import HeadraceKafka

extension Configuration {
  func gateway() -> GatewayConfiguration {
    var gateway = GatewayConfiguration()
    gateway.host = requiredString(.gatewayHost)
    gateway.port = requiredInt(.gatewayPort)
    gateway.maximumDocumentBytes = Int64(requiredInt(.gatewayMaximumUploadBytes))
    gateway.maximumConnections = requiredInt(.gatewayMaximumConnections)
    gateway.maximumWait = .seconds(requiredInt(.gatewayMaximumWaitSeconds))
    gateway.maximumUploads = requiredInt(.gatewayMaximumUploads)
    gateway.maximumWaiters = requiredInt(.gatewayMaximumWaiters)
    gateway.maximumEventStreams = requiredInt(.gatewayMaximumEventStreams)
    gateway.allowedHosts = list(.gatewayAllowedHosts)
    gateway.drainTimeout = .seconds(shutdownSeconds) * 0.2
    return gateway
  }

  func documents(_ kafka: KafkaConfiguration, _ folder: DataFolder) -> DocumentServiceConfiguration {
    var documents = DocumentServiceConfiguration(
      kafka: kafka, viewPath: string(.viewFile) ?? folder.path(of: "view.sqlite"))
    documents.blobGrace = .seconds(requiredInt(.blobsGraceHours) * 3600)
    return documents
  }

  package func enricher(_ kafka: KafkaConfiguration) -> EnricherConfiguration {
    var enricher = EnricherConfiguration(kafka: kafka)
    enricher.group = string(.enricherGroup)
    enricher.slots = requiredInt(.enricherSlots)
    enricher.commitInterval = .milliseconds(requiredInt(.enricherCommitIntervalMilliseconds))
    enricher.maximumAttempts = requiredInt(.enricherMaximumAttempts)
    enricher.maximumCalls = requiredInt(.enricherMaximumCalls)
    enricher.chunkTokens = requiredInt(.enricherChunkTokens)
    // Gateway, enricher and the rest end one after the other within `shutdown-seconds`.
    enricher.shutdownBudget = .seconds(shutdownSeconds) * 0.6
    enricher.documentDeadline = .seconds(requiredInt(.enricherHandlerSeconds))
    return enricher
  }

  /// What becomes of documents' bytes, and within which limits.
  public func extraction() -> ExtractorConfiguration {
    var extraction = ExtractorConfiguration()
    extraction.executable = string(.extractionExecutable)
    if let children = int(.extractionChildren) { extraction.children = children }
    extraction.sandbox = SandboxPolicy(rawValue: requiredString(.extractionSandbox)) ?? .automatic
    let languages = list(.extractionOCRLanguages)
    if !languages.isEmpty { extraction.opticalRecognition = OpticalRecognition(languages: languages) }
    return extraction
  }

  /// The blob store.
  ///
  /// - Throws: ``ConfigurationError`` when S3 is asked for and not described.
  package func blobStore(_ folder: String) throws -> any BlobStore {
    guard requiredString(.blobsStore) == "s3" else {
      return FolderBlobStore(folder: string(.blobsFolder) ?? "\(folder)/blobs")
    }
    func needed(_ key: ConfigurationKey) throws -> String {
      guard let value = string(key) else { throw ConfigurationError("blobs.store is s3, so \(key.name) must be set") }
      return value
    }
    return S3BlobStore(
      configuration: S3BlobConfiguration(
        endpoint: try needed(.blobsS3Endpoint), bucket: try needed(.blobsS3Bucket),
        signature: HTTPClient.Signature(
          accessKey: try needed(.blobsS3AccessKey), secretKey: try needed(.blobsS3SecretKey),
          region: requiredString(.blobsS3Region), service: "s3"),
        spoolFolder: "\(folder)/spool"))
  }
}
