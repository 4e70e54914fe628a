import HeadraceCore
import HeadraceServices

/// `headrace documents`: the gateway's documents from the command line.
enum DocumentsCommand {
  private static let gateway = Option.value(
    "--gateway", as: "URL", help: "the gateway; default: HEADRACE_GATEWAY_URL, else http://127.0.0.1:8080")
  private static let id = Argument(name: "ID", help: "the document's id")

  static let command = Command.noun(
    "documents", "Upload documents, look at them, delete them.",
    [
      .verb(
        "upload", "Upload files; each is acknowledged with its place in the log.",
        discussion:
          "With --wait it follows each document to its end and prints the result; exit code 1 when one failed.",
        options: [
          gateway, .flag("--wait", help: "wait until each document is enriched or has failed"),
          .value("--name", as: "NAME", help: "another name for the (single) file"),
          .flag("--idempotent", help: "the same file uploaded again is the same document"), OutputFormat.option,
        ],
        arguments: [Argument(name: "FILE", help: "a file to upload", repeats: true, completion: .files)], run: upload),
      .verb(
        "list", "List documents, the newest first.",
        options: [
          gateway,
          .value(
            "--state", as: "STATE", help: "only those in this state",
            completion: .oneOf(["uploaded", "processing", "enriched", "failed"])),
          .value("--limit", as: "N", help: "how many; default 50"), OutputFormat.option,
        ], run: list),
      .verb("show", "Print a document.", options: [gateway, OutputFormat.option], arguments: [id], run: show),
      .verb(
        "text", "Print the text that was extracted, as it went to the model.", options: [gateway], arguments: [id],
        run: text),
      .verb(
        "events", "Print what has happened to a document.",
        options: [
          gateway, .flag("--follow", help: "go on until the document has come to its end"), OutputFormat.option,
        ],
        arguments: [id], run: events),
      DocumentsEnrichCommand.command,
      .verb(
        "delete", "Delete documents: upload, content and metadata.",
        options: [gateway, .flag("-y", "--yes", help: "do it without asking")],
        arguments: [Argument(name: "ID", help: "a document's id", repeats: true)], run: delete),
    ])

  private static func client(_ arguments: ParsedArguments) throws -> GatewayClient {
    let configuration = try CommonOptions.configuration(arguments, options: ["--gateway": "gateway.url"])
    return GatewayClient(url: configuration.requiredString(.gatewayURL))
  }

  private static func upload(_ arguments: ParsedArguments) async throws {
    let files = arguments.arguments("FILE")
    if arguments.string("--name") != nil, files.count > 1 {
      throw arguments.usageError("--name goes with one file")
    }
    let uploads = DocumentUploads(
      gateway: try client(arguments), isIdempotent: arguments.has("--idempotent"), waits: arguments.has("--wait"),
      format: try OutputFormat.of(arguments))
    let named = files.map { path in
      (path, arguments.string("--name") ?? path.split(separator: "/").last.map(String.init) ?? path)
    }
    guard try await uploads.run(named) else { throw ExitCode.failure }
  }

  private static func list(_ arguments: ParsedArguments) async throws {
    let gateway = try client(arguments)
    var left = try arguments.int("--limit", in: 1...1_000_000) ?? 50
    var documents: [JSONValue] = []
    var cursor: String?
    while left > 0 {
      var path = "/v1/documents?limit=\(min(left, 500))"
      if let state = arguments.string("--state") { path += "&state=\(PercentEncoding.encode(state))" }
      if let cursor { path += "&cursor=\(PercentEncoding.encode(cursor))" }
      let page = try await gateway.send("GET", path).body
      let found = page["documents"]?.array ?? []
      documents += found
      left -= found.count
      cursor = page["next"]?.string
      if cursor == nil || found.isEmpty { break }
    }
    switch try OutputFormat.of(arguments) {
    case .json: try StandardOutput.print(json: .array(documents))
    case .table:
      var table = Table("id", "state", "size#", "language", "name", "title")
      for document in documents {
        table.add(
          document["id"]?.string ?? "", document["state"]?.string ?? "", document["size"]?.int.map(String.init) ?? "",
          document["metadata"]?["language"]?.string ?? "", document["name"]?.string ?? "",
          document["metadata"]?["title"]?.string ?? document["error"]?["title"]?.string ?? "")
      }
      try StandardOutput.print(table.text)
    }
  }

  private static func show(_ arguments: ParsedArguments) async throws {
    let document = try await client(arguments).document(arguments.argument("ID"))
    switch try OutputFormat.of(arguments) {
    case .json: try StandardOutput.print(json: document)
    case .table: try StandardOutput.print(DocumentText.result(document))
    }
  }

  private static func text(_ arguments: ParsedArguments) async throws {
    let path = "/v1/documents/\(PercentEncoding.encode(arguments.argument("ID")))/text"
    var output = StandardOutput()
    try await client(arguments).download(path) { try output.write($0) }
    try output.flush()
  }

  private static func events(_ arguments: ParsedArguments) async throws {
    let format = try OutputFormat.of(arguments)
    let gateway = try client(arguments)
    let id = PercentEncoding.encode(arguments.argument("ID"))
    // What has happened comes at once; without --follow a second of silence is the end.
    try await gateway.events(
      "/v1/documents/\(id)/events?from=start", idle: arguments.has("--follow") ? nil : .seconds(1)
    ) { data, type in
      let json = (try? JSONValue(parsing: data)) ?? .null
      switch format {
      case .json: try StandardOutput.print(JSONValue.object([.init("type", .string(type)), .init("data", json)]).text)
      case .table: try StandardOutput.print("\(type)  \(json.text)")
      }
    }
  }

  private static func delete(_ arguments: ParsedArguments) async throws {
    let gateway = try client(arguments)
    let ids = arguments.arguments("ID")
    try Confirmation.ask(
      "This deletes \(ids.count) document\(ids.count == 1 ? "" : "s"): upload, content and metadata.", arguments)
    for id in ids {
      _ = try await gateway.send("DELETE", "/v1/documents/\(PercentEncoding.encode(id))")
      try StandardOutput.print(id)
    }
  }
}
