/// A transaction that was rolled back, as readers of committed data are told of it.
struct AbortedTransaction: Equatable, Sendable {
  var producerId: Int64
  var firstOffset: Int64
  /// The offset of the marker that ends it.
  var markerOffset: Int64
}
