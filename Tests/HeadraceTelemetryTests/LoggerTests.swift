import HeadraceTelemetry
import Synchronization
import Testing

private final class Recorder: LogHandler {
  let records = Mutex<[LogRecord]>([])
  func log(_ record: LogRecord) { records.withLock { $0.append(record) } }
}

@Suite struct LoggerTests {
  @Test func thresholdAndFields() {
    let recorder = Recorder()
    var logger = Logger(label: "test", level: .info, handler: recorder)
    logger[metadataKey: "a"] = "1"
    logger.debug("not this")
    logger.error("this", ["a": "2", "b": "3"])
    let records = recorder.records.withLock { $0 }
    #expect(records.count == 1)
    #expect(records.first?.message == "this")
    #expect(records.first?.metadata == ["a": "2", "b": "3"])
  }
}
