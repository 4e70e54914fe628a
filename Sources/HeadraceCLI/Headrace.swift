import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceKafka
import HeadraceServices
import HeadraceStreams

/// The `headrace` command.
public enum Headrace {
  /// The version of the platform.
  public static let version = HeadraceVersion.current

  static let root = Command(
    name: "headrace", summary: "A log-based streaming platform for generative AI on Apache Kafka.",
    subcommands: [
      ConfigCommand.command, TopicsCommand.command, ProduceCommand.command,
      GroupsCommand.command, DocumentsCommand.command, BrokerCommand.command,
      UpCommand.command, ServeCommand.command, ExtractCommand.command, LLMCommand.command, ConsumeCommand.command,
      LagCommand.command, ProcessorsCommand.command, ReplayCommand.command, DeadLettersCommand.command,
      UsageCommand.command,
      BenchCommand.command,
      VerifiableCommands.producer, VerifiableCommands.consumer,
    ])

  /// Runs a command line (without the program's own name) and returns the exit code. Standard output gets data only.
  public static func run(_ words: [String]) async -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    let parser = ArgumentParser(root: root, common: CommonOptions.all)
    do {
      switch try parser.parse(words) {
      case .run(let command, let arguments): try await command.run?(arguments)
      case .help(let command, let path):
        try StandardOutput.print(HelpText.page(command, path: path, common: CommonOptions.all))
      case .version: try StandardOutput.print("headrace \(version)")
      case .completionScript(let shell):
        guard let script = CompletionScript.script(for: shell, root: root, common: CommonOptions.all) else {
          throw UsageError("--generate-completion-script takes bash, zsh or fish", path: [root.name])
        }
        try StandardOutput.print(script)
      }
      return ExitCode.success.rawValue
    } catch let error as UsageError {
      Terminal.note("\(error)")
      return ExitCode.usage.rawValue
    } catch let code as ExitCode {
      return code.rawValue
    } catch is StandardOutput.Closed {
      return ExitCode.success.rawValue
    } catch {
      Terminal.note("headrace: \(complaint(error))")
      if let advice = (error as? KafkaError)?.advice { Terminal.note(advice) }
      return ExitCode.failure.rawValue
    }
  }

  /// What is wrong, for a person: the word by which programs know the error stays away where its message says it all.
  static func complaint(_ error: any Error) -> String {
    (error as? ProcessorError)?.message ?? "\(error)"
  }
}

extension KafkaError {
  /// What to do next, where that can be told from the error alone.
  fileprivate var advice: String? {
    switch code {
    case .transport, .resolve, .allBrokersDown, .timedOut:
      "Is Kafka there, and reachable from here? -b HOST:PORT or HEADRACE_KAFKA_BOOTSTRAP_SERVERS says where."
    case .unknownTopicOrPartition, .unknownTopic:
      "'headrace topics list' shows which topics there are; 'headrace topics create \(topic ?? "TOPIC")' makes one."
    default: nil
    }
  }
}
