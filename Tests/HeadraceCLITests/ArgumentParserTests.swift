import HeadraceStreams
import Testing

@testable import HeadraceCLI

@Suite struct ArgumentParserTests {
  private let parser = ArgumentParser(
    root: Command(
      name: "tool", summary: "A tool.",
      subcommands: [
        .noun(
          "topics", "Topics.",
          [
            .verb(
              "create", "Create.",
              options: [
                .value("-p", "--partitions", as: "N", help: "how many"),
                .value("-c", as: "K=V", help: "settings", repeats: true), .flag("-y", "--yes", help: "yes"),
                .flag("-v", help: "more"),
                .value("--to", as: "W", help: "where to", leading: ["shift"]),
              ],
              arguments: [
                Argument(name: "TOPIC", help: "the topic"),
                Argument(name: "MORE", help: "more", isOptional: true, repeats: true),
              ]
            ) { _ in }
          ])
      ]), common: [.value("-b", "--bootstrap-server", as: "B", help: "servers")])

  private func parse(_ words: String...) throws -> ParsedArguments {
    guard case .run(_, let parsed) = try parser.parse(words) else { throw UsageError("not run", path: []) }
    return parsed
  }

  @Test func namesValuesAndPlaces() throws {
    let parsed = try parse("topics", "create", "-p3", "--yes", "-c", "a=1", "-c=b=2", "t", "x", "y")
    #expect(try parsed.int("--partitions") == 3)
    #expect(parsed.has("--yes"))
    #expect(parsed.argument("TOPIC") == "t")
    #expect(parsed.arguments("MORE") == ["x", "y"])
    #expect(parsed.strings("-c") == ["a=1", "=b=2"])
  }

  @Test func clusteredFlagsAndEqualsSign() throws {
    let parsed = try parse("topics", "create", "-yvp", "7", "--bootstrap-server=h:1", "t")
    #expect(parsed.has("--yes") && parsed.has("-v"))
    #expect(try parsed.int("--partitions") == 7)
    #expect(parsed.string("--bootstrap-server") == "h:1")
  }

  @Test func afterTwoDashesAllIsPlain() throws {
    #expect(try parse("topics", "create", "--", "--yes").argument("TOPIC") == "--yes")
  }

  @Test func valuesMayBeginWithADash() throws {
    #expect(try parse("topics", "create", "-p", "-5", "t").string("--partitions") == "-5")
  }

  @Test func someValuesAreTwoWords() throws {
    #expect(try parse("topics", "create", "--to", "shift", "-5", "t").string("--to") == "shift=-5")
    #expect(try parse("topics", "create", "--to", "shift=-5", "t").string("--to") == "shift=-5")
    #expect(try parse("topics", "create", "--to", "end", "t").string("--to") == "end")
  }

  @Test(arguments: [
    (["topic"], "did you mean \"topics\""), (["topics", "create"], "TOPIC is missing"),
    (["topics", "create", "t", "--partition", "1"], "did you mean \"--partitions\""),
    (["topics", "create", "t", "-p"], "needs a value"), (["topics", "create", "t", "-p1", "-p2"], "given twice"),
    (["topics", "create", "t", "--yes=1"], "takes no value"),
    (["help", "topic"], "did you mean \"topics\""), (["help", "topics", "creat"], "did you mean \"create\""),
    (["help", "topics", "create", "t"], "one word too many"),
  ])
  func errorsSayWhatToDo(words: [String], hint: String) {
    let error = #expect(throws: UsageError.self) { try parser.parse(words) }
    #expect(error?.description.contains(hint) == true)
  }

  @Test(arguments: [
    (["help"], ["tool"]), (["help", "topics"], ["tool", "topics"]),
    (["help", "topics", "create"], ["tool", "topics", "create"]),
    (["topics", "help", "create"], ["tool", "topics", "create"]), (["help", "--help"], ["tool"]),
    (["topics", "create", "--help"], ["tool", "topics", "create"]),
  ])
  func helpIsThePageOfTheCommandThatIsNamed(words: [String], path: [String]) throws {
    guard case .help(let command, let found) = try parser.parse(words) else {
      Issue.record("\(words) is no question for help")
      return
    }
    #expect(found == path && command.name == path.last)
  }

  @Test func numbersAreChecked() throws {
    let parsed = try parse("topics", "create", "-p", "many", "t")
    #expect(throws: UsageError.self) { try parsed.int("--partitions") }
    #expect(throws: UsageError.self) { try parse("topics", "create", "-c", "x", "t").pairs("-c") }
  }

  @Test func errorsOfTheRuntimeAreToldWithoutTheirCode() {
    #expect(Headrace.complaint(ProcessorError(.configuration, "there is no group g")) == "there is no group g")
    #expect(Headrace.complaint(ProcessorError(.replay, "there is no plan p")) == "there is no plan p")
    #expect(Headrace.complaint(UsageError("no", path: ["tool"])).hasPrefix("tool: no"))
  }

  @Test func everyCommandOfOursHasOneMeaningForEachName() throws {
    func check(_ command: Command) {
      let names = (command.options + (command.run == nil ? [] : CommonOptions.all)).flatMap(\.names)
      #expect(Set(names).count == names.count, "\(command.name) uses a name twice: \(names)")
      #expect(command.run == nil || command.subcommands.isEmpty)
      #expect(!command.summary.isEmpty)
      for argument in command.arguments.dropLast() { #expect(!argument.repeats) }
      for next in command.subcommands { check(next) }
    }
    check(Headrace.root)
    for shell in ["bash", "zsh", "fish"] {
      #expect(CompletionScript.script(for: shell, root: Headrace.root, common: CommonOptions.all) != nil)
    }
  }
}
