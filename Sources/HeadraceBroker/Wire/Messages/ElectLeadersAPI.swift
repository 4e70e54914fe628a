/// ElectLeaders: on one node every partition is led already.
enum ElectLeadersAPI: WireAPI {
  static let key = APIKey.electLeaders

  struct Request: WireStruct {
    var electionType: Int8 = 0
    var topics: [Topic]?
    var timeoutMilliseconds: Int32 = 60_000

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&electionType, 1...)
      try coder.field(&topics)
      try coder.field(&timeoutMilliseconds)
    }

    typealias Topic = WireTopic<Int32>
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var results: [Result] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error, 1...)
      try coder.field(&results)
    }

    /// What AlterPartitionReassignments says of a partition as well.
    typealias Result = AlterPartitionReassignmentsAPI.Response.Topic
  }
}
