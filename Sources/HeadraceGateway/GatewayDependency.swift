/// Something that a gateway needs, as `/readyz` shows it.
public struct GatewayDependency: Sendable, Hashable {
  /// `log`, `view`, `blobs` and the like.
  public var name: String
  /// Whether it works.
  public var isReady: Bool
  /// What stands in the way; empty where nothing does.
  public var detail: String

  /// A dependency's state.
  public init(name: String, isReady: Bool, detail: String = "") {
    self.name = name
    self.isReady = isReady
    self.detail = detail
  }
}
