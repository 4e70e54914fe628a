import Foundation
import HeadraceTesting
import Testing

@testable import HeadraceHTTP

enum Hypercorn {
  static let python = ForeignPython.with("hypercorn, h2")
}

/// TLS and HTTP/2 against a server of others.
@Suite(.enabled(if: Hypercorn.python != nil, ForeignPython.absence), .serialized, .timeLimit(.minutes(2)))
struct SecureTests {
  static let script = """
    import asyncio, socket, subprocess, sys
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    folder = sys.argv[1]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
      "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem"],
      check=True, stderr=subprocess.DEVNULL)
    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        received = 0
        while True:
            event = await receive()
            received += len(event.get("body", b""))
            if not event.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-version", scope["http_version"].encode()),
          (b"x-received", str(received).encode())]})
        size = int(scope["path"][1:] or 0)
        while size > 0:
            piece = min(size, 10_000)
            await send({"type": "http.response.body", "body": b"x" * piece, "more_body": True})
            size -= piece
        await send({"type": "http.response.body", "body": b""})
    config = Config()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    port = listener.getsockname()[1]
    # Kept open: a port that is let go is taken by another test at once.
    config.bind = [f"fd://{listener.fileno()}"]
    config.certfile, config.keyfile, config.loglevel = folder + "/cert.pem", folder + "/key.pem", "ERROR"
    async def main():
        async def say():
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.02)
            print(port, flush=True)
        stop = asyncio.Event()
        asyncio.get_running_loop().run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(stop.set)))
        asyncio.ensure_future(say())
        await serve(app, config, shutdown_trigger=stop.wait)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    """

  @Test func everythingOverTLS() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("headrace-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try TestProgram(try #require(Hypercorn.python), ["-u", "-c", Self.script, folder.path])
    defer { server.stop() }
    let port = try await server.firstLine()
    let base = "https://127.0.0.1:\(port)"
    let authorities = folder.appendingPathComponent("cert.pem").path

    // A certificate that nobody vouches for.
    let stranger = await #expect(throws: HTTPClientError.self) {
      try await HTTPClient().execute(.init(url: base + "/1"))
    }
    #expect(stranger?.kind == .tls)
    #expect(stranger?.mayHaveBeenActedOn == false)

    // HTTP/2, and HTTP/1.1 where it is not wanted.
    let client = HTTPClient(configuration: .init(certificateAuthorities: authorities))
    let second = try await client.execute(.init(url: base + "/1000"))
    #expect(second.headers["x-version"] == "2")
    #expect(second.body.count == 1_000)
    let old = HTTPClient(configuration: .init(allowsHTTP2: false, certificateAuthorities: authorities))
    let first = try await old.execute(.init(url: base + "/1000"))
    #expect(first.headers["x-version"] == "1.1")

    // Many streams on one connection, and a slow reader that does not stop the others.
    try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<50 {
        group.addTask {
          try await client.withResponse(to: .init(url: base + "/200000")) { response in
            var count = 0
            for try await piece in response.body {
              if count == 0, index % 10 == 0 { try await Task.sleep(for: .milliseconds(300)) }
              count += piece.count
            }
            return count
          }
        }
      }
      for try await count in group { #expect(count == 200_000) }
    }

    // A streamed request body.
    var upload = HTTPClient.Request(method: "PUT", url: base + "/0")
    upload.body = .stream(length: 3_000_000) { writer in
      for _ in 0..<300 { try await writer.write([UInt8](repeating: 7, count: 10_000)) }
    }
    let taken = try await client.execute(upload)
    #expect(taken.headers["x-received"] == "3000000")
  }
}
