internal import HeadraceCore

/// One round of librdkafka's statistics, with the figures that operators look at. ``json`` has the rest.
public struct KafkaStatistics: Sendable {
  /// A broker as this client sees it.
  public struct Broker: Sendable {
    /// `host:port/id`.
    public var name: String
    /// −1 for a bootstrap address.
    public var id: Int32
    /// `UP`, `DOWN`, `INIT` and so on.
    public var state: String
    /// Requests that wait to be sent.
    public var requestsQueued: Int
    /// Requests that wait for an answer.
    public var requestsInFlight: Int
    /// Requests that failed.
    public var sendErrors: Int
    /// Requests that ran into their timeout.
    public var timeouts: Int
    /// The median and the 99th percentile of the round trip.
    public var roundTrip: (p50: Duration, p99: Duration)
    /// The 99th percentile of the time the broker held requests back (quotas).
    public var throttleP99: Duration
  }

  /// A partition as this client sees it.
  public struct Partition: Sendable {
    /// Which.
    public var topicPartition: TopicPartition
    /// Records that wait in the producer.
    public var waiting: Int
    /// Records prefetched by the consumer.
    public var prefetched: Int
    /// The newest record's offset + 1 as last told by the broker; −1 when unknown.
    public var highWatermark: Int64
    /// The last stable offset; −1 when unknown.
    public var lastStableOffset: Int64
    /// The last offset that was committed; −1 when none.
    public var committed: Int64
    /// Records between the committed offset (or the position) and the end; −1 when unknown.
    public var lag: Int64
  }

  /// The client's name, `client.id#role-number`.
  public var name: String
  /// When they were made, in seconds since 1970.
  public var time: Int64
  /// Events that wait for the client's thread.
  public var eventsQueued: Int
  /// Records that wait in or are under way from the producer.
  public var records: Int
  /// Their bytes.
  public var recordBytes: Int
  /// Bytes sent and received since the start.
  public var bytes: (sent: Int, received: Int)
  /// Records sent and received since the start.
  public var messages: (sent: Int, received: Int)
  /// The brokers, without the logical ones.
  public var brokers: [Broker]
  /// The partitions that are in use.
  public var partitions: [Partition]
  /// The group's state of this member, for example `up`; `nil` without a group.
  public var groupState: String?
  /// How often the group was rebalanced since the start.
  public var rebalances: Int
  /// The whole document as librdkafka made it.
  public var json: [UInt8]

  /// Reads a document.
  public init(json: [UInt8]) throws {
    let root = try JSONValue(parsing: json)
    func int(_ value: JSONValue?, _ name: String) -> Int { Int(value?[name]?.int ?? 0) }
    func micros(_ value: JSONValue?, _ name: String) -> Duration { .microseconds(value?[name]?.int ?? 0) }
    self.json = json
    name = root["name"]?.string ?? ""
    time = root["time"]?.int ?? 0
    eventsQueued = int(root, "replyq")
    records = int(root, "msg_cnt")
    recordBytes = int(root, "msg_size")
    bytes = (int(root, "tx_bytes"), int(root, "rx_bytes"))
    messages = (int(root, "txmsgs"), int(root, "rxmsgs"))
    brokers = (root["brokers"]?.members ?? []).compactMap { member in
      let broker = member.value
      guard broker["source"]?.string != "logical", broker["source"]?.string != "internal" else { return nil }
      return Broker(
        name: broker["name"]?.string ?? member.name, id: Int32(clamping: broker["nodeid"]?.int ?? -1),
        state: broker["state"]?.string ?? "", requestsQueued: int(broker, "outbuf_cnt"),
        requestsInFlight: int(broker, "waitresp_cnt"), sendErrors: int(broker, "txerrs"),
        timeouts: int(broker, "req_timeouts"),
        roundTrip: (micros(broker["rtt"], "p50"), micros(broker["rtt"], "p99")),
        throttleP99: .milliseconds(broker["throttle"]?["p99"]?.int ?? 0))
    }
    partitions = (root["topics"]?.members ?? []).flatMap { topic in
      (topic.value["partitions"]?.members ?? []).compactMap { member -> Partition? in
        guard let number = Int32(member.name), number >= 0 else { return nil }
        let partition = member.value
        return Partition(
          topicPartition: TopicPartition(topic.name, number),
          waiting: int(partition, "msgq_cnt") + int(partition, "xmit_msgq_cnt"),
          prefetched: int(partition, "fetchq_cnt"), highWatermark: partition["hi_offset"]?.int ?? -1,
          lastStableOffset: partition["ls_offset"]?.int ?? -1, committed: partition["committed_offset"]?.int ?? -1,
          lag: partition["consumer_lag"]?.int ?? -1)
      }
    }
    groupState = root["cgrp"]?["state"]?.string
    rebalances = int(root["cgrp"], "rebalance_cnt")
  }
}
