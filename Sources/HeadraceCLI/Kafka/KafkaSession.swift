import HeadraceCore
import HeadraceKafka
import HeadraceServices

/// How a command reaches Kafka.
enum KafkaSession {
  /// The client's settings for a command line.
  static func configuration(
    _ arguments: ParsedArguments, preset: KafkaConfiguration.Preset = .balanced
  ) throws -> KafkaConfiguration {
    let settings = try CommonOptions.configuration(arguments)
    var configuration = settings.kafka(
      bootstrapServers: settings.string(.kafkaBootstrapServers) ?? CommonOptions.defaultBootstrapServers,
      preset: preset)
    configuration.clientID = "headrace-cli"
    return configuration
  }

  /// Lends an admin client.
  static func withAdmin<Result>(
    _ arguments: ParsedArguments, _ body: (KafkaAdmin) async throws -> Result
  ) async throws -> Result {
    let admin = try KafkaAdmin(configuration: try configuration(arguments))
    do {
      let result = try await body(admin)
      await admin.close()
      return result
    } catch {
      await admin.close()
      throw error
    }
  }

  /// Prints each failure of a call that has one for each name; throws exit code 1 when there was any.
  static func report(_ failures: [String: KafkaError]) throws {
    for (name, failure) in failures.sorted(by: { $0.key < $1.key }) { Terminal.note("\(name): \(failure)") }
    if !failures.isEmpty { throw ExitCode.failure }
  }
}
