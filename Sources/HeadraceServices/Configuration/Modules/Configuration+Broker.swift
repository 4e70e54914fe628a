import HeadraceBroker

extension Configuration {
  /// The embedded broker's settings; its log lies in the data folder.
  func broker(folder: DataFolder) -> BrokerConfiguration {
    var broker = BrokerConfiguration(folder: folder.path(of: "broker"))
    broker.port = UInt16(requiredInt(.brokerPort))
    broker.durability = BrokerConfiguration.Durability(rawValue: requiredString(.brokerDurability)) ?? .fsync
    broker.defaultPartitions = Int32(requiredInt(.brokerPartitions))
    return broker
  }
}
