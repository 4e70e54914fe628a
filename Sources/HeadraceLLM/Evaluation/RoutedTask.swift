internal import FoundationEssentials
public import HeadraceCore

/// A task of the past, or a labelled one: what a policy is evaluated over.
public struct RoutedTask: Sendable, Hashable {
  /// The kind of work; `nil`: the classifier decides from the prompt.
  public var taskClass: TaskClass?
  /// The text, when it is known.
  public var prompt: String?
  /// Tokens in.
  public var inputTokens: Int
  /// Tokens out.
  public var outputTokens: Int
  /// Whether the answer had to be JSON.
  public var needsJSON: Bool

  /// Makes a task.
  public init(
    taskClass: TaskClass?, prompt: String? = nil, inputTokens: Int, outputTokens: Int, needsJSON: Bool = false
  ) {
    self.taskClass = taskClass
    self.prompt = prompt
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.needsJSON = needsJSON
  }

  /// A task of a usage event that was paid; `nil` for others.
  public init?(_ event: CallUsageEvent) {
    guard event.outcome == .paid else { return nil }
    self.init(
      taskClass: event.router.flatMap { TaskClass(rawValue: $0.class) }, inputTokens: event.inputTokens,
      outputTokens: event.outputTokens)
  }

  /// Reads a labelled file: one task a line, `class<tab>prompt` (an empty class: the classifier decides), or a JSON
  /// object with `class`, `prompt`, `inputTokens`, `outputTokens`. Lines that begin with `#` and empty ones are passed
  /// over.
  ///
  /// - Throws: ``LLMError`` `invalidRequest` with the number of the line.
  public static func parse(_ text: String) throws -> [RoutedTask] {
    var tasks: [RoutedTask] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      func wrong(_ what: String) -> LLMError { LLMError(.invalidRequest, "line \(index + 1): \(what)") }
      let label: String
      let prompt: String?
      var input: Int?
      var output: Int?
      if line.hasPrefix("{") {
        guard let value = try? JSONValue(parsing: String(line)) else { throw wrong("it is not JSON") }
        label = value["class"]?.string ?? ""
        prompt = value["prompt"]?.string
        input = value["inputTokens"]?.int.map { Int($0) }
        output = value["outputTokens"]?.int.map { Int($0) }
      } else {
        let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw wrong("it has no tab between class and prompt") }
        label = String(parts[0])
        prompt = String(parts[1])
      }
      guard label.isEmpty || TaskClass(rawValue: label) != nil else { throw wrong("\(label) is no class") }
      tasks.append(
        RoutedTask(
          taskClass: TaskClass(rawValue: label), prompt: prompt,
          inputTokens: input ?? TokenEstimate.tokens(in: prompt ?? ""), outputTokens: output ?? 300))
    }
    return tasks
  }
}
