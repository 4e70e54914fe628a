/// Tells the batches of rolled-back transactions from others.
struct AbortedRanges {
  private var byProducer: [Int64: [AbortedTransaction]] = [:]

  init(_ transactions: [AbortedTransaction]) {
    for transaction in transactions { byProducer[transaction.producerId, default: []].append(transaction) }
  }

  func contains(_ header: RecordBatchHeader) -> Bool {
    guard header.isTransactional, !header.isControl, let ranges = byProducer[header.producerId] else { return false }
    // By marker offset: the first one whose marker lies behind the batch is the batch's own transaction, if any is.
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].markerOffset < header.baseOffset { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].firstOffset <= header.baseOffset
  }
}
