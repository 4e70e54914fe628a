import FoundationEssentials
import HeadraceCore
import HeadraceDocuments
import HeadraceKafka
import HeadraceLLM
import HeadraceServices

/// `headrace usage`: the bill, folded from the log.
enum UsageCommand {
  static let command = Command.verb(
    "usage", "Print tokens and cost of model calls, and what the journal saved.",
    options: [
      .value(
        "--by", as: "DIMENSION", help: UsageReport.Dimension.allCases.map(\.rawValue).joined(separator: ", "),
        repeats: true, completion: .oneOf(UsageReport.Dimension.allCases.map(\.rawValue))),
      .value("--since", as: "TIME", help: "only since this RFC 3339 time"), OutputFormat.option,
    ], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    let dimensions = try arguments.strings("--by").map { text in
      guard let dimension = UsageReport.Dimension(rawValue: text) else {
        let known = UsageReport.Dimension.allCases.map(\.rawValue)
        throw arguments.usageError("--by takes one of \(known.joined(separator: ", ")), not \"\(text)\"")
      }
      return dimension
    }
    var since: Date?
    if let text = arguments.string("--since") {
      guard let time = Date(rfc3339: text) else {
        throw arguments.usageError("--since takes an RFC 3339 time, not \"\(text)\"")
      }
      since = time
    }
    var report = dimensions.isEmpty ? UsageReport() : UsageReport(by: dimensions)
    var unreadable = 0
    let scan = TopicScan(try KafkaSession.configuration(arguments))
    let start = since.map { Int64(($0.timeIntervalSince1970 * 1000).rounded(.down)) }
    try await scan.read(topics: [PlatformTopics.usage], since: start, allowsMissing: false) { record in
      let time = Date(milliseconds: record.timestampMilliseconds ?? 0)
      // By time the log finds the first such record; older ones may follow it.
      if let since, time < since { return true }
      if let value = record.value, let event = try? JSONDecoder().decode(CallUsageEvent.self, from: Data(value)) {
        report.add(event, at: time)
      } else {
        unreadable += 1
      }
      return true
    }
    if unreadable > 0 {
      Terminal.note("\(unreadable) records of \(PlatformTopics.usage) are no calls and were left out")
    }
    switch try OutputFormat.of(arguments) {
    case .json:
      try StandardOutput.print(json: [
        "lines": try JSONValue(encoding: report.lines), "total": try JSONValue(encoding: report.total),
      ])
    case .table:
      var table = Table(
        report.dimensions.map(\.rawValue).joined(separator: " / "), "paid#", "failed#", "saved#", "tokens in#",
        "tokens out#", "cost#", "mean ms#")
      for line in report.lines + [report.total] {
        table.add(
          line.key.isEmpty ? "total" : line.key.joined(separator: " / "), "\(line.paid)", "\(line.failed)",
          "\(line.saved)",
          "\(line.inputTokens)", "\(line.outputTokens)", line.cost.map(\.description).joined(separator: ", "),
          "\(Int(line.meanMilliseconds))")
      }
      try StandardOutput.print(table.text)
    }
  }
}
