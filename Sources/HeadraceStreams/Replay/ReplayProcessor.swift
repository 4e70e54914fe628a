internal import HeadraceCore

/// A processor within a replay: handles what was selected, at the replay's rate, and sends its outputs aside.
struct ReplayProcessor: Sendable {
  /// Names the replay on its outputs.
  static let header = "headrace.replay"

  let inner: AnyProcessor
  let run: ReplayRun
  let selection: ReplaySelection
  let pace: ReplayPace?
  let outputTopics: Set<String>

  func erased() -> AnyProcessor {
    AnyProcessor(
      accepts: { selection.contains($0) && inner.accepts($0) },
      handle: { record, context in
        try await pace?.wait()
        return moved(try await inner.handle(record, context))
      },
      deadLettered: { record, failure, context in moved(try await inner.deadLettered(record, failure, context)) })
  }

  private func moved(_ outputs: Outputs) -> Outputs {
    Outputs(
      outputs.records.map { output in
        var output = output
        if outputTopics.contains(output.topic) { output.topic = run.outputTopic(for: output.topic) }
        output.headers.append(RecordHeader(Self.header, run.id))
        return output
      })
  }
}
