/// FindCoordinator: who looks after a group or a transactional id.
enum FindCoordinatorAPI: WireAPI {
  static let key = APIKey.findCoordinator

  struct Request: WireStruct {
    var key: String = ""
    var keyType: Int8 = 0

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&key)
      try coder.field(&keyType, 1...)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var message: String?
    var nodeID: Int32 = -1
    var host: String = ""
    var port: Int32 = -1

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 1...)
      try coder.field(&error)
      try coder.field(&message, 1...)
      try coder.field(&nodeID)
      try coder.field(&host)
      try coder.field(&port)
    }
  }
}
