import Foundation
import HeadraceTesting
import Testing

/// What the tests of every module start programs with.
@Suite(.timeLimit(.minutes(1)))
struct TestProgramTests {
  @Test func itTellsHowAProgramEnds() async throws {
    let end = try await TestProgram.run("sh", ["-c", "cat; echo bad >&2; exit 3"], input: "given")
    #expect(end.code == 3 && end.output == "given" && end.error == "bad\n")
    #expect(try await TestProgram.run("sh", ["-c", "kill -TERM $$"]).code == 128 + SIGTERM)
    #expect(throws: TestProgram.Failure.self) { _ = try TestProgram("/nowhere/at-all") }
  }

  @Test func aProgramThatTakesTooLongIsEnded() async throws {
    await #expect(throws: TestProgram.Failure.self) {
      _ = try await TestProgram.run("sleep", ["60"], within: .milliseconds(50))
    }
  }

  @Test func theFirstLineComesBeforeTheEnd() async throws {
    let program = try TestProgram("sh", ["-c", "echo ready; cat >/dev/null"])
    #expect(try await program.firstLine() == "ready")
    #expect(program.isRunning)
    program.send(String(repeating: "x", count: 1 << 20))
    #expect(await program.waitForEnd() == .exit(0))
    // Its reader has gone: no signal comes.
    program.send("more")
  }

  @Test func itsInputEndsWithTheObject() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "headrace-input-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    do {
      let program = try TestProgram("sh", ["-c", "echo ready; cat; echo over >> \(file)"])
      _ = try await program.firstLine()
      #expect(program.stop() == .signal(SIGKILL))
    }
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  /// Foundation's `Process` reads beyond its list of open files here.
  @Test func manyOpenFilesAreNoTrouble() async throws {
    var files: [FileHandle] = []
    for _ in 0..<1_500 {
      guard let file = FileHandle(forReadingAtPath: "/dev/null") else { break }
      files.append(file)
    }
    #expect(try await TestProgram.run("true").code == 0)
    withExtendedLifetime(files) {}
  }
}
