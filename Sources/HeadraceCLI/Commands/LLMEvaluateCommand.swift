import FoundationEssentials
import HeadraceCore
import HeadraceDocuments
import HeadraceKafka
import HeadraceLLM
import HeadraceServices

/// `headrace llm evaluate`: two routing policies over what was asked before; nobody is asked.
enum LLMEvaluateCommand {
  static let command = Command.verb(
    "evaluate", "Compare two routing policies over recorded calls or a labelled file; nothing is asked.",
    discussion: """
      A policy is a JSON file, or `shipped` for the one that comes with headrace. Without --tasks the calls of llm.usage
      are taken. Prints cost, latency and quality of both, and which tasks would change their model.
      """,
    options: [
      .value("--policy", as: "A", help: "the policy in force: a file, or shipped", completion: .files),
      .value("--against", as: "B", help: "the one that is considered", completion: .files),
      .value(
        "--tasks", as: "FILE", help: "labelled tasks: class, a tab and a prompt on each line; or JSON lines",
        completion: .files),
      OutputFormat.option,
    ], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    let client = try LLMCommand.client(arguments)
    let a = try policy("--policy", arguments)
    let b = try policy("--against", arguments)
    let tasks: [RoutedTask]
    if let file = arguments.string("--tasks") {
      tasks = try RoutedTask.parse(String(decoding: try bytes(of: file), as: UTF8.self))
    } else {
      var found: [RoutedTask] = []
      let scan = TopicScan(try KafkaSession.configuration(arguments))
      try await scan.read(topics: [PlatformTopics.usage], allowsMissing: false) { record in
        if let value = record.value, let event = try? JSONDecoder().decode(CallUsageEvent.self, from: Data(value)),
          let task = RoutedTask(event)
        {
          found.append(task)
        }
        return true
      }
      tasks = found
    }
    guard !tasks.isEmpty else { throw Refused("there are no tasks to compare the policies over") }
    let comparison = client.evaluate(a, against: b, over: tasks)
    switch try OutputFormat.of(arguments) {
    case .json: try StandardOutput.print(json: try JSONValue(encoding: comparison))
    case .table:
      var table = Table("policy", "cost#", "mean ms#", "mean quality#", "unserved#", "models")
      for side in [comparison.a, comparison.b] {
        let models = side.targets.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
        table.add(
          side.policy, "\(side.cost)", "\(Int(side.meanMilliseconds))",
          "\(Double(Int(side.meanQuality * 1000)) / 1000)",
          "\(side.unserved)", models.joined(separator: ", "))
      }
      try StandardOutput.print(table.text)
      try StandardOutput.print(
        "\n\(comparison.tasks) tasks, \(Double(Int(comparison.changed * 1000)) / 10) % change their model")
      for move in comparison.moves {
        try StandardOutput.print(
          "  \(move.tasks)  \(move.class.rawValue): \(move.from) → \(move.to)  \(move.example ?? "")")
      }
      if let accuracy = comparison.classifierAccuracy {
        try StandardOutput.print("classifier right in \(Double(Int(accuracy * 1000)) / 10) % of the labelled tasks")
      }
    }
  }

  private static func policy(_ option: String, _ arguments: ParsedArguments) throws -> RoutingPolicy {
    guard let text = arguments.string(option) else { throw arguments.usageError("\(option) is missing") }
    return text == "shipped" ? RoutingPolicy() : try RoutingPolicy(parsing: try bytes(of: text))
  }

  private static func bytes(of file: String) throws -> [UInt8] {
    guard let data = try? Data(contentsOf: URL(filePath: file)) else { throw FileError(path: file, code: 2) }
    return Array(data)
  }
}
