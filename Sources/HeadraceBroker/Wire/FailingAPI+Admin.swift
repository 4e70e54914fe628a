extension DescribeLogDirsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(error: error, results: [.init(error: error)])
  }
}

extension ElectLeadersAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension AlterPartitionReassignmentsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension ListPartitionReassignmentsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension DescribeClusterAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension DescribeProducersAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.answered { .init(index: $0, error: error) })
  }
}

extension DescribeTransactionsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(transactions: request.transactionalIDs.map { .init(error: error, transactionalID: $0) })
  }
}

extension ListTransactionsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension ConsumerGroupHeartbeatAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}
