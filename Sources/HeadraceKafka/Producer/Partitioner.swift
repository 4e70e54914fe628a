/// Chooses the partition of a record that names none.
@safe public enum Partitioner: Sendable {
  /// Java's placement: murmur2 of the key; a random partition for records without a key. The default.
  case murmur2Random
  /// Java's placement; records without a key count as an empty key and all go to one partition.
  case murmur2
  /// librdkafka's own default: CRC-32 of the key; a random partition for records without a key.
  case crc32Random
  /// FNV-1a of the key, as Sarama places keys; a random partition for records without a key.
  case fnv1aRandom
  /// A random partition for every record.
  case random
  /// A function of key (`nil` for none) and number of partitions. It runs on threads of librdkafka and of the enqueuing task,
  /// must return at once and answer with a number from 0 up to the number of partitions; anything else fails the record.
  case custom(@Sendable (_ key: UnsafeRawBufferPointer?, _ partitionCount: Int32) -> Int32)

  /// Where Java's clients (and ``murmur2Random``) put a key.
  public static func murmur2(_ key: some Sequence<UInt8>, partitionCount: Int) -> Int32 {
    precondition(partitionCount > 0, "a topic has at least one partition")
    return Int32(Int(murmur2Hash(Array(key)) & 0x7fff_ffff) % partitionCount)
  }

  /// The 32-bit murmur2 hash with Kafka's seed.
  package static func murmur2Hash(_ key: [UInt8]) -> UInt32 {
    let multiplier: UInt32 = 0x5bd1_e995
    var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: key.count)
    var index = 0
    while index + 4 <= key.count {
      var word =
        UInt32(key[index]) | UInt32(key[index + 1]) << 8 | UInt32(key[index + 2]) << 16 | UInt32(key[index + 3]) << 24
      word = word &* multiplier
      word ^= word >> 24
      hash = (hash &* multiplier) ^ (word &* multiplier)
      index += 4
    }
    let left = key.count - index
    if left == 3 { hash ^= UInt32(key[index + 2]) << 16 }
    if left >= 2 { hash ^= UInt32(key[index + 1]) << 8 }
    if left >= 1 { hash = (hash ^ UInt32(key[index])) &* multiplier }
    hash ^= hash >> 13
    hash = hash &* multiplier
    return hash ^ (hash >> 15)
  }

  /// librdkafka's name for it; a custom one is installed as a callback instead.
  var propertyValue: String {
    switch self {
    case .murmur2Random, .custom: "murmur2_random"
    case .murmur2: "murmur2"
    case .crc32Random: "consistent_random"
    case .fnv1aRandom: "fnv1a_random"
    case .random: "random"
    }
  }
}
