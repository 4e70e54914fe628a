import FoundationEssentials
import HeadraceCore
import HeadraceLLM
import HeadraceServices

/// `headrace llm`: models from the command line.
enum LLMCommand {
  private static let route = Option.value("--route", as: "ROUTE", help: "a route of the configuration")
  private static let model = Option.value(
    "-m", "--model", as: "MODEL", help: "this model, whatever the router would say")
  private static let text = Argument(name: "TEXT", help: "what to ask", repeats: true)

  static let command = Command.noun(
    "llm", "Ask models, and ask which model would be asked.",
    [
      .verb(
        "chat", "Ask a model and print its answer as it comes.",
        options: [
          model, route, .value("--system", as: "TEXT", help: "the system text"),
          .value("--max-tokens", as: "N", help: "tokens of the answer at most"), OutputFormat.option,
        ], arguments: [text], run: chat),
      .verb(
        "explain", "Say which model would be asked, and why; nothing is asked.",
        options: [route, model, OutputFormat.option], arguments: [text], run: explain),
      LLMEvaluateCommand.command,
      .verb("models", "List the models that are configured.", options: [OutputFormat.option], run: models),
    ])

  static func client(_ arguments: ParsedArguments) throws -> LLMClient {
    let settings = try CommonOptions.configuration(arguments)
    do {
      return try settings.llmClient(environment: ProcessInfo.processInfo.environment)
    } catch let error as ConfigurationError { throw arguments.usageError(error.description) }
  }

  private static func request(_ arguments: ParsedArguments) throws -> ChatRequest {
    var messages: [ChatMessage] = []
    if let system = arguments.string("--system") { messages.append(.system(system)) }
    messages.append(.user(arguments.arguments("TEXT").joined(separator: " ")))
    var request = ChatRequest(messages: messages)
    request.route = arguments.string("--route")
    request.model = arguments.string("--model")
    request.priority = .interactive
    return request
  }

  private static func chat(_ arguments: ParsedArguments) async throws {
    let format = try OutputFormat.of(arguments)
    var request = try request(arguments)
    if let tokens = try arguments.int("--max-tokens", in: 1...1_000_000) { request.maximumOutputTokens = tokens }
    let response = try await client(arguments).stream(request, journal: NoJournal(), usage: NoUsageSink()) { piece in
      if format == .table { Terminal.write(1, Array(piece.utf8)) }
    }
    switch format {
    case .table:
      try StandardOutput.print("")
      var facts = "\(response.provider) \(response.model), \(response.usage.inputTokens) tokens in, "
      facts += "\(response.usage.outputTokens) out, \(response.milliseconds) ms"
      if let cost = response.usage.cost { facts += ", \(cost)" }
      Terminal.note(facts)
    case .json:
      try StandardOutput.print(
        json: [
          "text": .string(response.text), "provider": .string(response.provider), "model": .string(response.model),
          "inputTokens": .int(Int64(response.usage.inputTokens)),
          "outputTokens": .int(Int64(response.usage.outputTokens)),
          "cost": response.usage.cost.map { ["amount": .string($0.amount), "currency": .string($0.currency)] } ?? .null,
          "milliseconds": .int(Int64(response.milliseconds)), "finishReason": .string("\(response.finishReason)"),
        ])
    }
  }

  private static func explain(_ arguments: ParsedArguments) async throws {
    let explanation = try client(arguments).explain(try request(arguments))
    switch try OutputFormat.of(arguments) {
    case .json:
      try StandardOutput.print(json: try JSONValue(parsing: Array(try JSONEncoder().encode(explanation))))
    case .table:
      try StandardOutput.print(
        "\(explanation.provider) \(explanation.model) (\(explanation.class.rawValue)): \(explanation.reason)\n")
      var table = Table("candidate", "eligible", "score#", "cost", "ms#", "reasons")
      for candidate in explanation.candidates {
        table.add(
          candidate.target, candidate.eligible ? "yes" : "no",
          candidate.score.map { "\(Double(Int($0 * 1000)) / 1000)" } ?? "", candidate.expectedCost ?? "",
          candidate.expectedMilliseconds.map { "\(Int($0))" } ?? "", candidate.reasons.joined(separator: "; "))
      }
      try StandardOutput.print(table.text)
    }
  }

  private static func models(_ arguments: ParsedArguments) async throws {
    let targets = try client(arguments).targets
    if targets.isEmpty {
      Terminal.note("no model is configured: set HEADRACE_LLM_BASE_URL, or a provider's key such as OPENAI_API_KEY")
    }
    switch try OutputFormat.of(arguments) {
    case .json: try StandardOutput.print(json: try JSONValue(parsing: Array(try JSONEncoder().encode(targets))))
    case .table:
      var table = Table("name", "provider", "model", "dialect", "context#", "state", "input / M", "output / M")
      for target in targets {
        table.add(
          target.name, target.provider, target.model, target.dialect, "\(target.contextTokens)", target.state,
          target.inputPrice ?? "", target.outputPrice ?? "")
      }
      try StandardOutput.print(table.text)
    }
  }
}
