import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceKafka
import HeadraceServices

/// `headrace produce`: lines of standard input, or files, as records.
enum ProduceCommand {
  static let command = Command.verb(
    "produce", "Write records: a line of standard input each, or a file.",
    discussion: "The options are kcat's. Exit code 1 when a record was not acknowledged.",
    options: [
      .value("-k", "--key", as: "KEY", help: "a key for all records"),
      .value("-K", "--key-delimiter", as: "TEXT", help: "what stands between key and value in a line"),
      .value("-D", "--delimiter", as: "CHAR", help: "what ends a record; default: a line feed"),
      .value("-H", "--header", as: "NAME=VALUE", help: "a header for all records", repeats: true),
      .value("-p", "--partition", as: "N", help: "the partition; default: by the key, as Java's clients place it"),
      .value(
        "-z", "--compression", as: "CODEC", help: "gzip, snappy, lz4 or zstd",
        completion: .oneOf(["none", "gzip", "snappy", "lz4", "zstd"])),
      .flag("-Z", "--null", help: "an empty key or value is null; an empty value is then a tombstone"),
      .value(
        "--acks", as: "all|1|0", help: "what counts as acknowledged; default: all",
        completion: .oneOf(["all", "1", "0"])),
      .value("--file", as: "FILE", help: "a file as one record", completion: .files),
      .flag("-l", "--lines", help: "with --file: a record for each line"),
    ],
    arguments: [Argument(name: "TOPIC", help: "the topic")], run: run)

  /// How a line becomes a record.
  private struct Form: Sendable {
    var topic: String
    var key: [UInt8]?
    var keyDelimiter: [UInt8]?
    var headers: [RecordHeader]
    var partition: Int32?
    var emptyIsNull: Bool

    func record(_ line: [UInt8]) -> ProducerRecord {
      var key = key
      var value: [UInt8]? = line
      if let keyDelimiter, let place = line.firstRange(of: keyDelimiter) {
        key = Array(line[..<place.lowerBound])
        value = Array(line[place.upperBound...])
      }
      if emptyIsNull {
        if key?.isEmpty == true { key = nil }
        if value?.isEmpty == true { value = nil }
      }
      return ProducerRecord(topic: topic, partition: partition, key: key, value: value, headers: headers)
    }
  }

  private static func run(_ arguments: ParsedArguments) async throws {
    var configuration = try KafkaSession.configuration(arguments)
    if let text = arguments.string("--acks") {
      guard let acks = ["all": KafkaConfiguration.Acks.all, "1": .leader, "0": .none][text] else {
        throw arguments.usageError("--acks takes all, 1 or 0, not \"\(text)\"")
      }
      configuration.producer.acks = acks
      if acks != .all { configuration.producer.idempotent = false }
    }
    if let codec = try arguments.choice("--compression", as: KafkaConfiguration.Compression.self) {
      configuration.producer.compression = codec
    }
    let delimiter = arguments.string("--delimiter").map { unescaped($0) } ?? [UInt8(ascii: "\n")]
    guard delimiter.count == 1 else { throw arguments.usageError("--delimiter takes one character") }
    let form = Form(
      topic: arguments.argument("TOPIC"), key: arguments.string("--key").map { Array($0.utf8) },
      keyDelimiter: arguments.string("--key-delimiter").map { unescaped($0) },
      headers: try arguments.pairs("--header").map { RecordHeader($0.key, $0.value) },
      partition: try arguments.int("--partition", in: 0...Int(Int32.max)).map(Int32.init),
      emptyIsNull: arguments.has("--null"))
    if form.keyDelimiter?.isEmpty == true { throw arguments.usageError("--key-delimiter takes at least one character") }

    let producer = try KafkaProducer(configuration: configuration)
    do {
      try await checkTopic(form.topic, producer)
      try await write(arguments, form, delimiter[0], producer)
    } catch {
      _ = await producer.close(deadline: .seconds(5))
      throw error
    }
    let report = await producer.flush(deadline: .seconds(60))
    _ = await producer.close(deadline: .seconds(5))
    guard report.isComplete else {
      Terminal.note(
        "\(report.failed) records failed, \(report.undelivered) were not acknowledged within 60 s")
      throw ExitCode.failure
    }
  }

  /// Throws where there is no such topic: records for one would be kept for half a minute, in case it is being made.
  /// Asking makes it, where the cluster makes topics by itself; that takes it a moment.
  private static func checkTopic(_ topic: String, _ producer: KafkaProducer) async throws {
    let end = ContinuousClock.now + .seconds(3)
    while true {
      do {
        _ = try await producer.partitionCount(of: topic)
        return
      } catch {
        let mayCome = error.code == .unknownTopicOrPartition || error.code == .leaderNotAvailable
        guard mayCome, ContinuousClock.now < end else { throw error }
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  private static func write(
    _ arguments: ParsedArguments, _ form: Form, _ delimiter: UInt8, _ producer: KafkaProducer
  ) async throws {
    var descriptor = STDIN_FILENO
    if let path = arguments.string("--file") {
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
      if !arguments.has("--lines") {
        close(descriptor)
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { throw FileError(path: path, code: EIO) }
        _ = try await producer.send(form.record(Array(data)))
        return
      }
    }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    let input = BlockingInput(descriptor: descriptor, delimiter: delimiter)
    while let lines = try await input.next() { try await producer.enqueue(contentsOf: lines.map(form.record)) }
    input.end()
  }

  /// `\n`, `\t` and `\xHH` in an option's value, as kcat takes them.
  private static func unescaped(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
        result.append(byte)
        continue
      }
      switch next {
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "x"):
        if let value = [UInt8](hex: String(decoding: rest.prefix(2), as: UTF8.self)), value.count == 1 {
          result += value
          rest = rest.dropFirst(2)
        }
      default: result.append(next)
      }
    }
    return result
  }
}
