import Foundation
import HeadraceTesting
import Testing

@testable import HeadraceHTTP

/// A server that leaves HTTP/2 connections in every way it may.
@Suite(.enabled(if: Hypercorn.python != nil, ForeignPython.absence), .timeLimit(.minutes(2)))
struct GoAwayTests {
  private static let script = """
    import socket, ssl, subprocess, sys, threading
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.errors import ErrorCodes
    from h2.events import RequestReceived, StreamEnded
    folder = sys.argv[1]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
      "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem"],
      check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    context.set_alpn_protocols(["h2"])
    numbers = iter(range(1, 1000))

    def serve(peer):
        number = next(numbers)
        try:
            peer = context.wrap_socket(peer, server_side=True)
            connection = H2Connection(H2Configuration(client_side=False))
            connection.initiate_connection()
            peer.sendall(connection.data_to_send())
            paths = {}
            while data := peer.recv(65536):
                for event in connection.receive_data(data):
                    if isinstance(event, RequestReceived):
                        paths[event.stream_id] = dict(event.headers)[b":path"].decode()
                    if not isinstance(event, StreamEnded):
                        continue
                    stream, path = event.stream_id, paths[event.stream_id]
                    if path == "/refused":
                        connection.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
                    elif path == "/unseen":
                        connection.close_connection(last_stream_id=0)
                    else:
                        connection.send_headers(stream, [(":status", "200"), ("x-connection", str(number))])
                        connection.send_data(stream, b"fine", end_stream=path in ("/ok", "/leave"))
                        if path == "/leave":
                            connection.close_connection()
                        elif path == "/reset":
                            connection.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
                        elif path == "/half":
                            connection.close_connection(last_stream_id=stream)
                    peer.sendall(connection.data_to_send())
                    if path in ("/half", "/unseen", "/leave"):
                        return peer.close()
                peer.sendall(connection.data_to_send())
        except OSError:
            pass

    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), __import__("os")._exit(0)), daemon=True).start()
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """

  @Test func everyEndOfAConnection() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("headrace-h2-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try TestProgram(try #require(Hypercorn.python), ["-u", "-c", Self.script, folder.path])
    defer { server.stop() }
    let base = "https://127.0.0.1:\(try await server.firstLine())"
    let authorities = folder.appendingPathComponent("cert.pem").path
    let client = HTTPClient(configuration: .init(certificateAuthorities: authorities))
    func post(_ path: String) async throws -> HTTPClient.WholeResponse {
      try await client.execute(.init(method: "POST", url: base + path, body: .bytes([1])))
    }

    // Kept as long as the server keeps it; after its farewell a new one is taken, and nobody notices.
    let first = try await post("/ok").headers["x-connection"]
    #expect(try await post("/ok").headers["x-connection"] == first)
    for _ in 0..<5 {
      let last = try await post("/leave")
      #expect(last.body == Array("fine".utf8))
      let next = try await post("/ok")
      #expect(next.body == Array("fine".utf8))
      #expect(next.headers["x-connection"] != last.headers["x-connection"])
    }

    // Neither a stream nor a connection that ends in the middle of an answer makes it whole.
    for path in ["/reset", "/half"] {
      let error = await #expect(throws: HTTPClientError.self, "\(path)") { try await post(path) }
      // Head and end may come in one packet: then there never was a head.
      #expect([.brokenStream, .connectionLost].contains(error?.kind), "\(path): \(String(describing: error))")
      #expect(error?.mayHaveBeenActedOn == true)
    }
    // What the server says that it has not seen is not sent again here: whoever asked decides.
    for path in ["/refused", "/unseen"] {
      let error = await #expect(throws: HTTPClientError.self, "\(path)") { try await post(path) }
      #expect(error?.kind == .connectionLost, "\(path): \(String(describing: error))")
    }
    #expect(try await post("/ok").status == 200)
  }
}
