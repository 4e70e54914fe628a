/// Metadata: brokers and topics.
enum MetadataAPI: WireAPI {
  static let key = APIKey.metadata

  struct Request: WireStruct {
    var topics: [Topic]?
    var allowAutoTopicCreation: Bool = true
    var includeClusterOperations: Bool = false
    var includeTopicOperations: Bool = false

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&topics)
      try coder.field(&allowAutoTopicCreation, 4...)
      try coder.field(&includeClusterOperations, 8...)
      try coder.field(&includeTopicOperations, 8...)
    }

    struct Topic: WireStruct {
      var name: String = ""

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var brokers: [Node] = []
    var clusterID: String?
    var controllerID: Int32 = 0
    var topics: [Topic] = []
    var operations: Int32 = .min

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 3...)
      try coder.field(&brokers)
      try coder.field(&clusterID, 2...)
      try coder.field(&controllerID, 1...)
      try coder.field(&topics)
      try coder.field(&operations, 8...)
    }

    struct Node: WireStruct {
      var id: Int32 = 0
      var host: String = ""
      var port: Int32 = 0
      var rack: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&id)
        try coder.field(&host)
        try coder.field(&port)
        try coder.field(&rack, 1...)
      }
    }

    struct Topic: WireStruct {
      var error: ErrorCode = .none
      var name: String = ""
      var isInternal: Bool = false
      var partitions: [Partition] = []
      var operations: Int32 = .min

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&name)
        try coder.field(&isInternal, 1...)
        try coder.field(&partitions)
        try coder.field(&operations, 8...)
      }

      struct Partition: WireStruct {
        var error: ErrorCode = .none
        var index: Int32 = 0
        var leader: Int32 = 0
        var leaderEpoch: Int32 = 0
        var replicas: [Int32] = []
        var inSyncReplicas: [Int32] = []
        var offlineReplicas: [Int32] = []

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&error)
          try coder.field(&index)
          try coder.field(&leader)
          try coder.field(&leaderEpoch, 7...)
          try coder.field(&replicas)
          try coder.field(&inSyncReplicas)
          try coder.field(&offlineReplicas, 5...)
        }
      }
    }
  }
}
