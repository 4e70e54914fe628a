/// Keys of the control topic.
package enum ControlResource {
  /// Pause and resume of a processor.
  package static func processor(_ name: String) -> String { "processor/\(name)" }
  /// The status of one process of a processor.
  package static func status(_ name: String, _ process: String) -> String { "status/\(name)/\(process)" }
  /// A replay's plan and its state.
  package static func replay(_ id: String) -> String { "replay/\(id)" }
}
