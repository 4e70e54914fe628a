/// What the coordinators keep in the broker's durable state, and under which keys. The values are written as messages
/// are: each begins with a version of its own.
enum StoredState {
  /// The first byte of a key says what it is.
  enum Kind: UInt8 {
    case group = 1
    case offset = 2
    case transaction = 3
    case pendingOffset = 4
    case producerIDs = 5
  }

  static func key(_ kind: Kind, _ parts: String...) -> [UInt8] { key(kind, parts) }

  static func key(_ kind: Kind, _ parts: [String]) -> [UInt8] {
    var key = [kind.rawValue]
    for part in parts {
      let utf8 = Array(part.utf8)
      // The length goes first, so that no name is the beginning of another.
      key.append(UInt8(truncatingIfNeeded: utf8.count >> 8))
      key.append(UInt8(truncatingIfNeeded: utf8.count))
      key += utf8
    }
    return key
  }

  static func parts(of key: [UInt8]) -> [String]? {
    var parts: [String] = []
    var rest = key.dropFirst()
    while !rest.isEmpty {
      guard rest.count >= 2 else { return nil }
      let count = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      rest = rest.dropFirst(2)
      guard rest.count >= count else { return nil }
      parts.append(String(decoding: rest.prefix(count), as: UTF8.self))
      rest = rest.dropFirst(count)
    }
    return parts
  }

  static func encode(_ value: some WireStruct) -> [UInt8] {
    var writer = WireWriter()
    writer.put(Int16(0))
    var value = value
    do {
      try value.code(&writer)
    } catch {
      // Only a string over 32 KiB ends here, and those came over the wire with a shorter limit.
      preconditionFailure("state that cannot be written: \(error)")
    }
    return writer.bytes
  }

  static func decode<Value: WireStruct>(_: Value.Type = Value.self, _ bytes: [UInt8]) -> Value? {
    unsafe bytes.withUnsafeBytes { buffer in
      var reader = unsafe WireReader(buffer)
      var value = Value()
      do {
        guard try reader.next(Int16.self) == 0 else { return nil }
        try value.code(&reader)
        return value
      } catch {
        return nil
      }
    }
  }

  /// Generation, members and assignments of a group.
  struct Group: WireStruct {
    var generation: Int32 = 0
    var protocolType: String?
    var protocolName: String?
    var leader: String?
    var emptiedAt: Int64 = -1
    var members: [Member] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&generation)
      try coder.field(&protocolType)
      try coder.field(&protocolName)
      try coder.field(&leader)
      try coder.field(&emptiedAt)
      try coder.field(&members)
    }

    struct Member: WireStruct {
      var id = ""
      var instance: String?
      var clientID = ""
      var clientHost = ""
      var sessionTimeout: Int64 = 0
      var rebalanceTimeout: Int64 = 0
      var offers: [Offer] = []
      var assignment = WireBytes()

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&id)
        try coder.field(&instance)
        try coder.field(&clientID)
        try coder.field(&clientHost)
        try coder.field(&sessionTimeout)
        try coder.field(&rebalanceTimeout)
        try coder.field(&offers)
        try coder.field(&assignment)
      }
    }

    struct Offer: WireStruct {
      var name = ""
      var metadata = WireBytes()

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&metadata)
      }
    }
  }

  /// A committed or pending offset.
  struct Offset: WireStruct {
    var offset: Int64 = 0
    var leaderEpoch: Int32 = -1
    var metadata = ""
    var committedAt: Int64 = 0
    var sequence: Int64 = 0

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&offset)
      try coder.field(&leaderEpoch)
      try coder.field(&metadata)
      try coder.field(&committedAt)
      try coder.field(&sequence)
    }
  }

  /// A transactional id.
  struct Transaction: WireStruct {
    var producerID: Int64 = -1
    var epoch: Int16 = -1
    var lastEpoch: Int16 = -1
    var timeout: Int32 = 0
    var phase: Int8 = 0
    var startedAt: Int64 = -1
    var updatedAt: Int64 = 0
    var partitions: [Partition] = []
    var groups: [String] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&producerID)
      try coder.field(&epoch)
      try coder.field(&lastEpoch)
      try coder.field(&timeout)
      try coder.field(&phase)
      try coder.field(&startedAt)
      try coder.field(&updatedAt)
      try coder.field(&partitions)
      try coder.field(&groups)
    }

    struct Partition: WireStruct {
      var topic = ""
      var index: Int32 = 0

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&topic)
        try coder.field(&index)
      }
    }
  }

  /// The first producer id that no one was given yet.
  struct ProducerIDs: WireStruct {
    var next: Int64 = 0

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) { try coder.field(&next) }
  }
}

extension StoredState.Offset {
  init(_ offset: CommittedOffset) {
    self.init(
      offset: offset.offset, leaderEpoch: offset.leaderEpoch, metadata: offset.metadata,
      committedAt: offset.committedAt, sequence: Int64(bitPattern: offset.sequence))
  }

  var committed: CommittedOffset {
    CommittedOffset(
      offset: offset, leaderEpoch: leaderEpoch, metadata: metadata, committedAt: committedAt,
      sequence: UInt64(bitPattern: sequence))
  }
}
