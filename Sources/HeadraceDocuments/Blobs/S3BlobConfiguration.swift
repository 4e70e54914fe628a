public import HeadraceHTTP

/// Where an ``S3BlobStore`` keeps its blobs.
public struct S3BlobConfiguration: Sendable {
  /// The service's address, such as `https://s3.eu-central-1.amazonaws.com` or `http://127.0.0.1:9000`.
  public var endpoint: String
  /// The bucket. It must exist.
  public var bucket: String
  /// What goes before the name of every object, such as `headrace/`.
  public var prefix: String
  /// Signs the requests. Its secret is never printed.
  public var signature: HTTPClient.Signature
  /// Whether the bucket is in the path (true, what most servers expect) or in the host's name.
  public var usesPathStyle: Bool
  /// A folder for blobs on their way: S3 wants to know a blob's SHA-256 before its first byte.
  public var spoolFolder: String
  /// Attempts at a request that fails for a passing reason. Default 4.
  public var attempts: Int

  /// A place in a bucket.
  public init(
    endpoint: String, bucket: String, prefix: String = "", signature: HTTPClient.Signature,
    usesPathStyle: Bool = true, spoolFolder: String, attempts: Int = 4
  ) {
    self.endpoint = endpoint
    self.bucket = bucket
    self.prefix = prefix
    self.signature = signature
    self.usesPathStyle = usesPathStyle
    self.spoolFolder = spoolFolder
    self.attempts = attempts
  }
}
