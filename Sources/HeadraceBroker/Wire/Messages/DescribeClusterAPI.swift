/// DescribeCluster: the nodes, without topics.
enum DescribeClusterAPI: WireAPI {
  static let key = APIKey.describeCluster

  struct Request: WireStruct {
    var includeOperations: Bool = false
    var endpointType: Int8 = 1

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&includeOperations)
      try coder.field(&endpointType, 1...)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var message: String?
    var endpointType: Int8 = 1
    var clusterID: String = ""
    var controllerID: Int32 = -1
    var nodes: [Node] = []
    var operations: Int32 = .min

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error)
      try coder.field(&message)
      try coder.field(&endpointType, 1...)
      try coder.field(&clusterID)
      try coder.field(&controllerID)
      try coder.field(&nodes)
      try coder.field(&operations)
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
        try coder.field(&rack)
      }
    }
  }
}
