/// The numbers that the core decides by.
package struct CoreLimits: Sendable, Hashable {
  package var slots = 64
  package var order = ProcessingOrder.key
  package var newestOfKey = false
  package var bufferBytes = 32 << 20
  package var bufferRecords = 20_000
  package var recordsPerKey = 5_000
  package var commitBytes = 8 << 20
  package var commitRecords = 50_000

  package init() {}

  package init(_ configuration: ProcessorConfiguration) {
    slots = configuration.slots
    order = configuration.order
    newestOfKey = configuration.newestOfKey
    // A quarter is for what has been read and finds no room yet.
    bufferBytes = configuration.bufferBytes / 4 * 3
    bufferRecords = configuration.bufferRecords
    recordsPerKey = configuration.recordsPerKey
    commitBytes = configuration.commitBytes
  }

  /// What a record is ordered by; nil when it waits for nobody.
  func orderingKey(of record: borrowing RawRecord) -> [UInt8]? {
    switch order {
    case .key: record.key
    case .partition: []
    case .none: nil
    }
  }

  /// What a record counts for: its bytes and what holding it costs, and never so little that more than
  /// `bufferRecords` would fit.
  func cost(of bytes: Int) -> Int { max(bytes + 400, bufferBytes / bufferRecords) }
}
