import Foundation
import HeadraceCore
import HeadraceHTTP
import HeadraceTelemetry
import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// A server that sends bytes as they are written down, whatever HTTP would have of them. The first part of a request's path
/// is the number of its script; connections are kept as long as a script lets them.
struct RawServer: Sendable {
  enum Step: Sendable {
    case send(String)
    case bytes([UInt8])
    /// Sends it byte by byte, so many milliseconds apart.
    case drip(String, milliseconds: Int)
    /// The same text so many times.
    case flood(String, times: Int)
    case wait(milliseconds: Int)
    case close
    /// Closes with a reset.
    case reset
    /// Closes the connection this long after the answer, while nobody uses it.
    case closeLater(milliseconds: Int)

    fileprivate var json: JSONValue {
      func numbers(_ bytes: some Sequence<UInt8>) -> JSONValue { .array(bytes.map { .int(Int64($0)) }) }
      return switch self {
      case .send(let text): ["send", numbers(text.utf8)]
      case .bytes(let bytes): ["send", numbers(bytes)]
      case .drip(let text, let pause): ["drip", numbers(text.utf8), .int(Int64(pause))]
      case .flood(let text, let times): ["flood", numbers(text.utf8), .int(Int64(times))]
      case .wait(let pause): ["wait", .int(Int64(pause))]
      case .close: ["close"]
      case .reset: ["reset"]
      case .closeLater(let pause): ["later", .int(Int64(pause))]
      }
    }
  }

  let port: Int

  private static let program = """
    import json, socket, struct, sys, threading, time
    scripts = json.load(open(sys.argv[1]))
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), __import__("os")._exit(0)), daemon=True).start()

    def request(peer):
        data = b""
        while b"\\r\\n\\r\\n" not in data:
            more = peer.recv(65536)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\\r\\n\\r\\n")
        length = int((head.lower().split(b"content-length:") + [b"0"])[1].split(b"\\r\\n")[0])
        while len(body) < length:
            body += peer.recv(65536)
        return int(data.split(b"/")[1])

    def serve(peer):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while (number := request(peer)) is not None:
                for step in scripts[number]:
                    kind = step[0]
                    if kind == "send":
                        peer.sendall(bytes(step[1]))
                    elif kind == "drip":
                        for byte in step[1]:
                            peer.sendall(bytes([byte]))
                            time.sleep(step[2] / 1000)
                    elif kind == "flood":
                        for _ in range(step[2]):
                            peer.sendall(bytes(step[1]))
                    elif kind == "wait":
                        time.sleep(step[1] / 1000)
                    elif kind == "later":
                        threading.Timer(step[1] / 1000, lambda: peer.shutdown(socket.SHUT_RDWR)).start()
                    elif kind == "reset":
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return peer.close()
                    else:
                        return peer.close()
        except OSError:
            pass
        peer.close()

    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """

  /// Lends one with these scripts; it ends afterwards.
  static func with<Result>(
    _ scripts: [[Step]], _ use: (RawServer) async throws -> Result
  ) async throws -> Result {
    let scriptFile = FileManager.default.temporaryDirectory.appending(path: "headrace-raw-\(UUID().uuidString).json")
    try Data(JSONValue.array(scripts.map { .array($0.map(\.json)) }).bytes).write(to: scriptFile)
    defer { try? FileManager.default.removeItem(at: scriptFile) }
    let process = try TestProgram("python3", ["-c", program, scriptFile.path])
    defer { process.stop() }
    let line = try await process.firstLine()
    return try await use(RawServer(port: try #require(Int(line), "the raw server did not start")))
  }

  /// A client of the script with that number; nothing is repeated.
  func client(
    _ script: Int = 0, _ dialect: ProviderConfiguration.Dialect = .openAIChat,
    _ change: (inout LLMConfiguration) -> Void = { _ in }
  ) throws -> LLMClient {
    var configuration = LLMConfiguration()
    configuration.providers = [
      ProviderConfiguration(name: "raw", dialect: dialect, baseURL: "http://127.0.0.1:\(port)/\(script)")
    ]
    configuration.targets = [
      TargetConfiguration(name: "m", provider: "raw", model: "m", capabilities: [.tools, .jsonSchema, .temperature])
    ]
    configuration.calls.maximumAttempts = 1
    change(&configuration)
    return try LLMClient(configuration: configuration, metrics: MetricsRegistry())
  }
}
