import Foundation
import HeadraceCore
import HeadraceHTTP
import HeadraceTesting
import Testing

/// A server that sends as many bytes of one answer as the first part of the path says, and hangs up.
struct CuttingServer: Sendable {
  let port: Int
  /// Bytes of the whole answer, its head and framing included.
  let bytes: Int
  let http = HTTPClient()

  private static let program = """
    import json, socket, sys, threading
    body, framing = bytes(json.loads(sys.argv[1])), sys.argv[2]
    head = b"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n"
    if framing == "chunked":
        pieces = [body[i:i + 97] for i in range(0, len(body), 97)]
        answer = head + b"transfer-encoding: chunked\\r\\n\\r\\n"
        answer += b"".join(b"%x\\r\\n%s\\r\\n" % (len(p), p) for p in pieces) + b"0\\r\\n\\r\\n"
    elif framing == "length":
        answer = head + b"content-length: %d\\r\\n\\r\\n" % len(body) + body
    else:
        answer = head + b"connection: close\\r\\n\\r\\n" + body
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], len(answer), flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), __import__("os")._exit(0)), daemon=True).start()
    while True:
        peer, _ = listener.accept()
        request = b""
        while b"\\r\\n\\r\\n" not in request:
            request += peer.recv(65536)
        head_end = request.index(b"\\r\\n\\r\\n") + 4
        length = int(request.lower().split(b"content-length:")[1].split(b"\\r\\n")[0])
        while len(request) < head_end + length:
            request += peer.recv(65536)
        peer.sendall(answer[:int(request.split(b"/")[1])])
        peer.shutdown(socket.SHUT_WR)
        peer.close()
    """

  /// Lends one; it ends afterwards.
  static func with(_ body: [UInt8], _ framing: String, _ use: (CuttingServer) async throws -> Void) async throws {
    let process = try TestProgram(
      try #require(LLMock.python), ["-c", program, "[" + body.map(String.init).joined(separator: ",") + "]", framing])
    defer { process.stop() }
    let words = try await process.firstLine().split(separator: " ")
    try #require(words.count == 2, "the cutting server did not start")
    try await use(CuttingServer(port: try #require(Int(words[0])), bytes: try #require(Int(words[1]))))
  }
}
