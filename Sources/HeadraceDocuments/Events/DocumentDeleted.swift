/// The type of the tombstones of a deletion. They have no data: their headers say what they are.
public enum DocumentDeleted {
  /// `headrace.document.deleted.v1`
  public static let eventType = "headrace.document.deleted.v1"
}
