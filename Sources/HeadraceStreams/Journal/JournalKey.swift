package import HeadraceCore

/// The key of a journal record; its kind decides what the value means and how long it lives.
package enum JournalKey: Sendable, Hashable {
  /// `r/<fingerprint>`: the result of a paid call.
  case result(CallFingerprint)
  /// `a/<topic>/<partition>/<offset>`: attempts of a record that is not acknowledged.
  case attempts(RecordCoordinate)
  /// `h/<partition>/<fingerprint>`: a call in progress while its partition was given back.
  case handOver(partition: Int32, CallFingerprint)
  /// `o/<partition>`: who holds the partition and may have a transaction open on it.
  case owner(partition: Int32)
  /// `d/<id>`: the first record of an id.
  case firstSeen(String)

  /// The key as it stands in the topic.
  package var bytes: [UInt8] { Array(text.utf8) }

  var text: String {
    switch self {
    case .result(let fingerprint): "r/\(fingerprint)"
    case .attempts(let coordinate): "a/\(coordinate)"
    case .handOver(let partition, let fingerprint): "h/\(partition)/\(fingerprint)"
    case .owner(let partition): "o/\(partition)"
    case .firstSeen(let id): "d/\(id)"
    }
  }

  /// Reads a key; nil for one of another kind, which is left alone.
  package init?(bytes: [UInt8]) {
    guard bytes.count > 2, bytes[1] == UInt8(ascii: "/") else { return nil }
    guard let rest = String(validating: bytes[2...], as: UTF8.self) else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "r"):
      guard let digest = SHA256.Digest(hex: rest) else { return nil }
      self = .result(CallFingerprint(digest: digest))
    case UInt8(ascii: "a"):
      guard let coordinate = RecordCoordinate(rest) else { return nil }
      self = .attempts(coordinate)
    case UInt8(ascii: "h"):
      let parts = rest.split(separator: "/")
      guard parts.count == 2, let partition = Int32(parts[0]), let digest = SHA256.Digest(hex: parts[1]) else {
        return nil
      }
      self = .handOver(partition: partition, CallFingerprint(digest: digest))
    case UInt8(ascii: "o"):
      guard let partition = Int32(rest) else { return nil }
      self = .owner(partition: partition)
    case UInt8(ascii: "d"):
      self = .firstSeen(rest)
    default:
      return nil
    }
  }

  /// 64 bits that stand for the key in the index; a hit is verified by reading the record.
  var indexHash: UInt64 {
    switch self {
    case .result(let fingerprint):
      fingerprint.digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    default:
      text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
  }
}
