import HeadraceCore

/// A node of a YAML document, with its line for error messages.
struct YAMLNode: Sendable {
  enum Content: Sendable {
    case scalar(JSONValue)
    case sequence([YAMLNode])
    case mapping([(name: String, node: YAMLNode)])
  }

  var content: Content
  /// From 1.
  var line: Int

  /// The node as JSON.
  var value: JSONValue {
    switch content {
    case .scalar(let value): value
    case .sequence(let nodes): .array(nodes.map(\.value))
    case .mapping(let members): .object(members.map { .init($0.name, $0.node.value) })
    }
  }
}
