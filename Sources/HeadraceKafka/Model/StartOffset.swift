/// Where reading of a partition starts.
public enum StartOffset: Sendable, Hashable {
  /// The oldest record that is still there.
  case beginning
  /// Behind the newest record: only what arrives from now on.
  case end
  /// The group's committed offset; where there is none, what `startWhenNoOffset` says.
  case stored
  /// This offset.
  case at(Int64)
  /// This many records before the end.
  case tail(Int64)

  /// librdkafka's number for it.
  var rawOffset: Int64 {
    switch self {
    case .beginning: -2
    case .end: -1
    case .stored: -1000
    case .at(let offset): offset
    case .tail(let count): -2000 - count
    }
  }
}
