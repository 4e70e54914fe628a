import FoundationEssentials
import HeadraceCore
import HeadraceServices
import Testing

@Suite struct ConfigurationTests {
  private func file(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "headrace-\(UUID().uuidString).yaml").path
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  private func key(_ name: String) throws -> ConfigurationKey { try #require(ConfigurationKey.named(name)) }

  @Test func theOrderIsCommandLineEnvironmentFileDefault() throws {
    let path = try file("gateway:\n  port: 1\nbroker.port: 1\nenricher:\n  slots: 1\n")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let configuration = try Configuration.load(
      commandLine: [("gateway.port", "3", "--port")],
      environment: ["HEADRACE_GATEWAY_PORT": "2", "HEADRACE_BROKER_PORT": "2"], file: path)
    #expect(configuration.int(try key("gateway.port")) == 3)
    #expect(configuration[try key("gateway.port")]?.origin == .commandLine("--port"))
    #expect(configuration.int(try key("broker.port")) == 2)
    #expect(configuration.int(try key("enricher.slots")) == 1)
    #expect(configuration[try key("enricher.slots")]?.origin == .file(path, line: 5))
    #expect(configuration.string(try key("blobs.store")) == "folder")
    #expect(configuration[try key("blobs.store")]?.origin == .byDefault)
  }

  @Test func anUnknownKeyNamesTheNearest() throws {
    let path = try file("gateway:\n  prot: 1\n")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = #expect(throws: ConfigurationError.self) { try Configuration.load(environment: [:], file: path) }
    #expect(error?.description.contains("\(path):2") == true)
    #expect(error?.description.contains("\"gateway.port\"") == true)
    let variable = #expect(throws: ConfigurationError.self) {
      try Configuration.load(environment: ["HEADRACE_GATEWAY_PROT": "1"], file: nil)
    }
    #expect(variable?.description.contains("HEADRACE_GATEWAY_PORT") == true)
  }

  @Test(arguments: [
    ("gateway.port", "70000"), ("gateway.port", "x"), ("broker.durability", "maybe"), ("blobs.grace-hours", "1"),
    ("gateway.maximum-upload-bytes", "many"),
  ])
  func wrongValuesSayWhatMayBeSaid(name: String, value: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.load(commandLine: [(name, value, "--set")], environment: [:], file: nil)
    }
    #expect(error?.description.contains(name) == true)
    #expect(error?.description.contains(value) == true)
  }

  @Test func secretsAreCovered() throws {
    let configuration = try Configuration.load(environment: ["HEADRACE_LLM_API_KEY": "sk-1"], file: nil)
    #expect(configuration.shown(try key("llm.api-key")) == "(secret)")
    #expect(configuration.string(try key("llm.api-key")) == "sk-1")
  }

  @Test func variablesOfTestsAreLeftAlone() throws {
    _ = try Configuration.load(environment: ["HEADRACE_TEST_ANYTHING": "1", "OTHER": "x"], file: nil)
  }

  @Test func treesAndListsComeFromTheFile() throws {
    let path = try file(
      """
      kafka:
        bootstrap-servers: "a:1,b:2"
        extra:
          security.protocol: ssl
      extraction:
        ocr-languages: [eng, deu]
      llm:
        routes:
          - name: default
            models: [x]
      """)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let configuration = try Configuration.load(environment: [:], file: path)
    #expect(configuration.tree(try key("kafka.extra")) == ["security.protocol": "ssl"])
    #expect(configuration.list(try key("extraction.ocr-languages")) == ["eng", "deu"])
    #expect(configuration.tree(try key("llm.routes"))?[0]?["name"]?.string == "default")
  }

  @Test(arguments: ["a: [1", "a: 1\na: 2", "a: &x 1", "? [x]\n: 1", "- 1\n--- \n- 2", "\t- x"])
  func brokenFilesAreRefusedWithTheirLine(text: String) throws {
    let path = try file(text)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = #expect(throws: ConfigurationError.self) { try Configuration.load(environment: [:], file: path) }
    #expect(error?.description.contains("\(path):") == true)
  }

  @Test func everyDefaultIsAllowedAndEveryNameIsItsOwn() throws {
    _ = try Configuration.load(environment: [:], file: nil)
    #expect(Set(ConfigurationKey.all.map(\.name)).count == ConfigurationKey.all.count)
    #expect(Set(ConfigurationKey.all.map(\.environmentVariable)).count == ConfigurationKey.all.count)
  }
}
