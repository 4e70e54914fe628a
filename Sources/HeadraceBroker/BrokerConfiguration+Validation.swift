extension BrokerConfiguration {
  /// - Throws: the first setting that makes no sense.
  func validate() throws(BrokerError) {
    func demand(_ holds: Bool, _ message: String) throws(BrokerError) {
      if !holds { throw BrokerError(.invalidConfiguration, message) }
    }
    try demand(!folder.isEmpty, "The data folder has no name.")
    try demand(defaultPartitions >= 1, "Topics have at least one partition by default.")
    try demand(maximumConnections >= 1, "At least one connection must be allowed.")
    try demand(maximumRequestBytes >= 1_024, "The largest request must be 1,024 bytes at least.")
    try demand(segmentBytes >= 14, "A segment has 14 bytes at least.")
    try demand(offsetRetentionCheckInterval > .zero, "The interval of the look for expired offsets must be positive.")
    try demand(maximumTransactionTimeout > .zero, "The longest transaction time-out must be positive.")
  }
}
