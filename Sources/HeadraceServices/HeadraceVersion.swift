/// The version of the platform, as `headrace --version` and the metrics say it.
public enum HeadraceVersion {
  /// Semantic version; a version 0 may still change its interfaces.
  public static let current = "0.1.0"
}
