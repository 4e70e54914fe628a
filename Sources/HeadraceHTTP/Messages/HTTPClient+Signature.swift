extension HTTPClient {
  /// Signs a request with AWS Signature Version 4 (S3 and what speaks like it); libcurl computes it.
  ///
  /// Two duties stay with the caller: the query must be percent-encoded and sorted by name already, and a streamed
  /// body needs the header `x-amz-content-sha256` (the hex digest, or `UNSIGNED-PAYLOAD`). For a body of bytes and
  /// for none the header is added here.
  public struct Signature: Sendable {
    /// Access key id.
    public var accessKey: String
    /// Secret key. Never logged.
    public var secretKey: String
    /// Session token of temporary credentials; goes into `x-amz-security-token`.
    public var sessionToken: String?
    /// Region, such as `eu-central-1`.
    public var region: String
    /// Service name. Default `s3`.
    public var service: String

    /// Makes a signature.
    public init(
      accessKey: String, secretKey: String, sessionToken: String? = nil, region: String, service: String = "s3"
    ) {
      self.accessKey = accessKey
      self.secretKey = secretKey
      self.sessionToken = sessionToken
      self.region = region
      self.service = service
    }
  }
}
