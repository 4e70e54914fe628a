@testable import HeadraceBroker

extension Lab {
  @discardableResult
  func deleteRecords(_ topic: String, before offset: Int64) throws -> DeleteRecordsAPI.Response.Partition {
    let response = try client.call(
      DeleteRecordsAPI.self,
      .init(topics: [.init(name: topic, partitions: [.init(index: 0, offset: offset)])], timeoutMilliseconds: 10_000))
    return try demanded(response.topics.first?.partitions.first, "partition in the answer")
  }

  func create(_ topic: CreateTopicsAPI.Request.Topic, validateOnly: Bool = false, version: Int16 = 4) throws
    -> ErrorCode
  {
    let response = try client.call(
      CreateTopicsAPI.self, .init(topics: [topic], validateOnly: validateOnly), version: version)
    return try demanded(response.topics.first?.error, "topic in the answer")
  }

  func exists(_ topic: String) throws -> Bool {
    let answer = try client.call(
      MetadataAPI.self, .init(topics: [.init(name: topic)], allowAutoTopicCreation: false))
    return answer.topics.first?.error == ErrorCode.none
  }

  func configs(of topic: String, keys: [String]? = nil, version: Int16 = 3) throws
    -> DescribeConfigsAPI.Response.Result
  {
    let answer = try client.call(
      DescribeConfigsAPI.self,
      .init(resources: [.init(type: 2, name: topic, keys: keys)], includeSynonyms: true), version: version)
    return try demanded(answer.results.first, "result")
  }

  func config(_ topic: String, _ key: String) throws -> DescribeConfigsAPI.Response.Result.Config {
    try demanded(configs(of: topic, keys: [key]).configs.first, "value of \(key)")
  }

  func change(_ topic: String, _ key: String, _ operation: Int8, _ value: String?) throws -> ErrorCode {
    let answer = try client.call(
      IncrementalAlterConfigsAPI.self,
      .init(
        resources: [.init(type: 2, name: topic, configs: [.init(name: key, operation: operation, value: value)])]))
    return try demanded(answer.results.first?.error, "result")
  }
}
