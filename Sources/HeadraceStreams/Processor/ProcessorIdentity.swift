/// What all contexts of a processor have in common, once.
final class ProcessorIdentity: Sendable {
  let name: String
  let version: String
  let runID: String?

  init(_ configuration: ProcessorConfiguration) {
    name = configuration.name
    version = configuration.version
    runID = configuration.runID
  }
}
