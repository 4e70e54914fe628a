internal import HeadraceCore
internal import HeadraceHTTPServer

/// The description of the interface (OpenAPI 3.1), made from the operations that serve it.
enum OpenAPIDocument {
  static func make(of operations: [GatewayOperation]) -> JSONValue {
    var paths: [JSONValue.Member] = []
    for operation in operations {
      let member = JSONValue.Member(operation.method.rawValue.lowercased(), describe(operation))
      if let index = paths.firstIndex(where: { $0.name == operation.path }) {
        paths[index].value = .object((paths[index].value.members ?? []) + [member])
      } else {
        paths.append(.init(operation.path, .object([member])))
      }
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Headrace", "version": "1",
        "description": "Documents in, metadata events out: slow work behind a log.",
      ],
      "paths": .object(paths),
      "components": ["schemas": Schemas.all],
    ]
  }

  private static func describe(_ operation: GatewayOperation) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("operationId", .string(operation.id)), .init("tags", [.string(operation.tag)]),
      .init("summary", .string(operation.summary)),
    ]
    if !operation.text.isEmpty { members.append(.init("description", .string(operation.text))) }
    if !operation.parameters.isEmpty {
      members.append(.init("parameters", .array(operation.parameters.map(describe))))
    }
    if !operation.requestContent.isEmpty {
      members.append(
        .init("requestBody", ["required": true, "content": content(operation.requestContent)]))
    }
    members.append(.init("responses", .object(responses(operation))))
    return .object(members)
  }

  private static func describe(_ parameter: GatewayOperation.Parameter) -> JSONValue {
    [
      "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
      "required": .bool(parameter.place == .path), "description": .string(parameter.text), "schema": parameter.schema,
    ]
  }

  private static func responses(_ operation: GatewayOperation) -> [JSONValue.Member] {
    var members = operation.responses.map { response -> JSONValue.Member in
      var body: JSONValue = ["description": .string(response.text)]
      if !response.headers.isEmpty {
        body["headers"] = .object(
          response.headers.map { header in
            .init(header.name, ["description": .string(header.text), "schema": ["type": "string"]])
          })
      }
      if !response.content.isEmpty { body["content"] = content(response.content) }
      if !response.links.isEmpty {
        body["links"] = .object(
          response.links.map { id in
            .init(id, ["operationId": .string(id), "parameters": ["id": "$response.body#/id"]])
          })
      }
      return .init("\(response.status)", body)
    }
    let byStatus = Dictionary(grouping: operation.problems, by: \.status.code)
    for (status, problems) in byStatus.sorted(by: { $0.key < $1.key })
    where !members.contains(where: { $0.name == "\(status)" }) {
      let names = problems.map { "[\($0.title)](/problems/\($0.name))" }
      members.append(
        .init(
          "\(status)",
          [
            "description": .string(names.joined(separator: "; ")),
            "content": content([("application/problem+json", Schemas.reference("Problem"))]),
          ]))
    }
    members.append(
      .init(
        "default",
        [
          "description": "Any other error.",
          "content": content([("application/problem+json", Schemas.reference("Problem"))]),
        ]))
    return members
  }

  private static func content(_ kinds: [(type: String, schema: JSONValue)]) -> JSONValue {
    .object(kinds.map { .init($0.type, ["schema": $0.schema]) })
  }
}
