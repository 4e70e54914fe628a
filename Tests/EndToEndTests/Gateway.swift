import Foundation
import HeadraceCore
import HeadraceHTTP

/// A gateway as a stranger's HTTP client sees it.
struct GatewayFace: Sendable {
  let url: String
  private let http = HTTPClient()

  init(url: String) { self.url = url }

  struct Answer: Sendable {
    var status: Int
    var headers: HTTPClient.Headers
    var body: [UInt8]
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  }

  func send(
    _ method: String, _ path: String, headers: HTTPClient.Headers = [:], body: HTTPClient.Request.Body = .none
  ) async throws -> Answer {
    var request = HTTPClient.Request(method: method, url: url + path, headers: headers, body: body)
    request.deadlines = .init(connect: .seconds(5), firstByte: .seconds(90), betweenBytes: .seconds(60), total: nil)
    let response = try await http.execute(request, upTo: 64 << 20)
    return Answer(status: response.status, headers: response.headers, body: response.body)
  }

  /// Uploads bytes and returns the answer.
  func upload(_ bytes: [UInt8], name: String, type: String = "text/plain", key: String? = nil) async throws -> Answer {
    var headers: HTTPClient.Headers = ["content-type": type]
    if let key { headers.add("idempotency-key", key) }
    let escaped = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
    return try await send("POST", "/v1/documents?name=\(escaped)", headers: headers, body: .bytes(bytes))
  }

  /// Uploads text and returns the document's id.
  func uploadText(_ text: String, name: String) async throws -> String {
    let answer = try await upload(Array(text.utf8), name: name)
    guard answer.status == 202, let id = answer.json["id"]?.string else {
      throw Unexpected("upload of \(name): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
    }
    return id
  }

  /// The document when it is enriched or failed.
  func finished(_ id: String, within limit: Duration = .seconds(60)) async throws -> JSONValue {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      let answer = try await send("GET", "/v1/documents/\(id)", headers: ["prefer": "wait=5"])
      if let state = answer.json["state"]?.string, ["enriched", "failed", "deleted"].contains(state) {
        return answer.json
      }
      if answer.status >= 400, answer.status != 503 { throw Unexpected("\(id): \(answer.status)") }
    }
    let last = try await send("GET", "/v1/documents/\(id)")
    throw Unexpected("\(id) is not finished after \(limit): \(last.json.text)")
  }

  /// The events of a document's stream from `cursor` (or the start) until `count` came or the stream ended.
  func events(_ id: String, lastEventID: String? = nil, count: Int = .max) async throws -> [Event] {
    var headers: HTTPClient.Headers = ["accept": "text/event-stream"]
    if let lastEventID { headers.add("last-event-id", lastEventID) }
    let path = lastEventID == nil ? "/v1/documents/\(id)/events?from=start" : "/v1/documents/\(id)/events"
    let request = HTTPClient.Request(method: "GET", url: url + path, headers: headers)
    return try await http.withResponse(to: request) { response in
      guard response.status == 200 else { throw Unexpected("events: \(response.status)") }
      var events: [Event] = []
      var text = ""
      for try await piece in response.body {
        text += String(decoding: piece, as: UTF8.self)
        while let end = text.range(of: "\n\n") {
          if let event = Event(block: String(text[..<end.lowerBound])) { events.append(event) }
          text.removeSubrange(..<end.upperBound)
          if events.count >= count { return events }
        }
      }
      return events
    }
  }

  struct Event: Sendable, Equatable {
    var id: String
    var type: String
    var data: String

    init?(block: String) {
      var fields: [String: String] = [:]
      for line in block.split(separator: "\n") where !line.hasPrefix(":") {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        fields[String(parts[0]), default: ""] += parts.count > 1 ? parts[1].drop { $0 == " " } : ""
      }
      guard let data = fields["data"], let type = fields["event"] else { return nil }
      self.init(id: fields["id"] ?? "", type: type, data: data)
    }

    private init(id: String, type: String, data: String) {
      self.id = id
      self.type = type
      self.data = data
    }
  }
}

/// Something was not as a test needs it.
struct Unexpected: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
