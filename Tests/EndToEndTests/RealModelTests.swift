import Foundation
import HeadraceCore
import Testing

/// The real thing: a small model on this machine, started and watched by `headrace up`.
@Suite(.timeLimit(.minutes(20)), .serialized) struct RealModelTests {
  private static let folder =
    ProcessInfo.processInfo.environment["HEADRACE_MODEL_DIR"]
    ?? "\(ProcessInfo.processInfo.environment["HOME"] ?? "")/.cache/headrace/models"

  /// `ops/model/install --small` has been here, and nobody said `HEADRACE_TEST_MODEL=off`.
  private static let isInstalled: Bool = {
    guard ProcessInfo.processInfo.environment["HEADRACE_TEST_MODEL"] != "off" else { return false }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.contains { $0.contains("0.5b") && $0.hasSuffix(".gguf") }
  }()

  @Test(.enabled(if: isInstalled, "the small model is not installed: ops/model/install --small"))
  func aRealModelDescribesRealDocuments() async throws {
    let port = Int.random(in: 20_000..<30_000)
    let command = "\(World.root.appending(path: "ops/model/serve").path) --small --port \(port)"
    try await World.withFolder { folder in
      let (process, gateway, _) = try await World.up(
        folder, model: nil, arguments: ["--broker-port", "0", "--set", "llm.local-command=\(command)"],
        environment: ["HEADRACE_LLM_BASE_URL": "http://127.0.0.1:\(port)/v1", "HEADRACE_MODEL_DIR": Self.folder])
      do {
        for (name, type, language) in [
          ("harbour.txt", "text/plain", "en"), ("garten.txt", "text/plain", "de"),
          ("ferry.pdf", "application/pdf", "en"),
        ] {
          let bytes = Array(try Data(contentsOf: World.root.appending(path: "ops/samples/\(name)")))
          let answer = try await gateway.upload(bytes, name: name, type: type)
          let id = try #require(answer.json["id"]?.string)
          let document = try await gateway.finished(id, within: .seconds(300))
          #expect(document["state"]?.string == "enriched", "\(document.text)")
          let metadata = document["metadata"]
          #expect(metadata?["language"]?.string == language)
          #expect(metadata?["title"]?.string?.isEmpty == false)
          #expect((metadata?["summary"]?.string?.count ?? 0) >= 10)
          #expect((metadata?["provenance"]?["outputTokens"]?.int ?? 0) > 0)
        }
      } catch {
        FileHandle.standardError.write(Data(process.standardError.suffix(4000).utf8))
        await process.killNow()
        throw error
      }
      process.signal(SIGTERM)
      #expect(await process.exitCode() == 0, "\(process.standardError.suffix(2000))")
    }
  }
}
