/// Keys of the control topic.
package enum ControlResource {
  /// Pause and resume of a processor.
  package static func processor(_ name: String) -> String { "processor/\(name)" }
  /// A replay's plan and its state.
  package static func replay(_ id: String) -> String { "replay/\(id)" }
}
