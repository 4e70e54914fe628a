internal import HeadraceHTTPServer

/// The preferences of a request (RFC 7240) that are understood here.
struct Preferences: Sendable, Hashable {
  /// How many seconds the client would wait for a final answer.
  let wait: Int?
  /// Whether the client would rather not wait at all.
  let respondAsync: Bool

  init(_ headers: HTTPHeaders) {
    var wait: Int?
    var respondAsync = false
    for preference in headers.list("prefer") {
      let parts = preference.split(separator: ";").first?.split(separator: "=", maxSplits: 1) ?? []
      guard let name = parts.first?.trimmingSpace.lowercased() else { continue }
      if name == "respond-async" { respondAsync = true }
      if name == "wait", wait == nil, parts.count == 2 {
        let value = parts[1].trimmingSpace.filter { $0 != "\"" }
        if value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { wait = Int(value) }
      }
    }
    self.wait = wait
    self.respondAsync = respondAsync
  }
}
