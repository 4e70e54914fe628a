/// An API whose answer can carry an error for everything that was asked.
protocol FailingAPI: WireAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response
}

extension ProduceAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.answered { .init(index: $0.index, error: error) })
  }
}

extension FetchAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.answered { .init(index: $0.index, error: error, records: .owned([])) })
  }
}

extension ListOffsetsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.answered { .init(index: $0.index, error: error) })
  }
}

extension MetadataAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: (request.topics ?? []).map { .init(error: error, name: $0.name) })
  }
}

extension OffsetCommitAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.answered { .init(index: $0.index, error: error) })
  }
}

extension OffsetFetchAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(
      topics: (request.topics ?? []).answered { .init(index: $0, metadata: "", error: error) }, error: error)
  }
}

extension FindCoordinatorAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension JoinGroupAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(error: error, member: request.member)
  }
}

extension HeartbeatAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension LeaveGroupAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension SyncGroupAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension DescribeGroupsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(groups: request.groups.map { .init(error: error, id: $0) })
  }
}

extension ListGroupsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension APIVersionsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension CreateTopicsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.map { .init(name: $0.name, error: error) })
  }
}

extension DeleteTopicsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.names.map { .init(name: $0, error: error) })
  }
}

extension DeleteRecordsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.answered { .init(index: $0.index, error: error) })
  }
}

extension InitProducerIDAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension AddPartitionsToTransactionAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.answered { .init(index: $0, error: error) })
  }
}

extension AddOffsetsToTransactionAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension EndTransactionAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}

extension TransactionOffsetCommitAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(topics: request.topics.answered { .init(index: $0.index, error: error) })
  }
}

extension DescribeACLsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(error: error, message: error == .securityDisabled ? SecurityDisabled.message : nil)
  }
}

extension CreateACLsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(
      results: request.creations.map { _ in
        .init(error: error, message: error == .securityDisabled ? SecurityDisabled.message : nil)
      })
  }
}

extension DeleteACLsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(
      results: request.filters.map { _ in
        .init(error: error, message: error == .securityDisabled ? SecurityDisabled.message : nil)
      })
  }
}

extension DescribeConfigsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(results: request.resources.map { .init(error: error, type: $0.type, name: $0.name) })
  }
}

extension AlterConfigsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(results: request.resources.map { .init(error: error, type: $0.type, name: $0.name) })
  }
}

extension CreatePartitionsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(results: request.topics.map { .init(name: $0.name, error: error) })
  }
}

extension DeleteGroupsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(results: request.groups.map { .init(group: $0, error: error) })
  }
}

extension IncrementalAlterConfigsAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response {
    Response(results: request.resources.map { .init(error: error, type: $0.type, name: $0.name) })
  }
}

extension OffsetDeleteAPI: FailingAPI {
  static func failure(_ request: Request, _ error: ErrorCode) -> Response { Response(error: error) }
}
