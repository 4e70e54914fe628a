/// How a user's password is kept by the cluster.
public struct SCRAMCredential: Sendable, Hashable {
  /// Hash functions that SCRAM is used with.
  public enum Mechanism: Int32, Sendable, Hashable, CaseIterable {
    /// SCRAM-SHA-256.
    case sha256 = 1
    /// SCRAM-SHA-512.
    case sha512 = 2
  }

  /// The hash function.
  public var mechanism: Mechanism
  /// Rounds of hashing.
  public var iterations: Int

  /// A credential.
  public init(_ mechanism: Mechanism, iterations: Int) {
    self.mechanism = mechanism
    self.iterations = iterations
  }
}
