import HeadraceHTTPServer

/// One byte of a body, and then nothing for longer than a test waits.
let stall: Router.Handler = { _ in
  HTTPResponse(
    status: .ok,
    body: .stream(length: nil) { writer in
      try await writer.write([1])
      try await Task.sleep(for: .seconds(50))
    })
}
