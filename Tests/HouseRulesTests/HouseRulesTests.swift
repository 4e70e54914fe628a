import Foundation
import Testing

/// Rules of the house that a program can check.
@Suite struct HouseRulesTests {
  private let sources = Tree.files(under: "Sources", endings: ".swift") + Tree.files(under: "Tests", endings: ".swift")

  @Test func filesStayShortEnoughToRead() throws {
    for path in sources {
      let lines = try Tree.text(path).split(separator: "\n", omittingEmptySubsequences: false).count
      #expect(lines <= 600, "\(path) has \(lines) lines: is it one type, one idea?")
    }
  }

  @Test func noFileNamesAPlaceOfOneMachine() throws {
    // Spelled in pieces, so that this file does not find itself.
    let forbidden = ["/wo" + "rk/", "/home" + "/", "/ro" + "ot/"]
    for path in sources + Tree.files(under: "docs", endings: ".md") + ["README.md"] {
      let text = try Tree.text(path)
      for place in forbidden { #expect(!text.contains(place), "\(path) names \(place)") }
    }
  }

  @Test func cIsTouchedByOneModule() throws {
    // A C library belongs to the module that wraps it (and the tests of no one).
    let owners = [
      "CRdkafka": ["HeadraceKafka"], "CCurl": ["HeadraceHTTP"], "CUV": ["HeadraceHTTPServer"],
      "CSQLite": ["HeadraceSQLite"], "CCrypto": ["HeadraceCore"], "CYAML": ["HeadraceServices"],
      "CMagic": ["HeadraceExtraction"], "CUchardet": ["HeadraceExtraction"],
      "CLanguageDetector": ["HeadraceExtraction"], "CXML2": ["HeadraceExtractionFormats"],
      "CArchive": ["HeadraceExtractionFormats"], "CGMime": ["HeadraceExtractionFormats"],
    ]
    for path in Tree.files(under: "Sources", endings: ".swift") {
      let module = path.split(separator: "/")[1]
      for line in try Tree.text(path).split(separator: "\n") where line.contains("import C") {
        let imported = line.split(separator: " ").last.map(String.init) ?? ""
        guard let allowed = owners[imported] else { continue }
        #expect(allowed.contains(String(module)), "\(path) imports \(imported)")
      }
    }
  }

  @Test func theBrokerAndTheClientKnowEachOtherByTheProtocolAlone() throws {
    for path in Tree.files(under: "Sources/HeadraceBroker", endings: ".swift") {
      #expect(!(try Tree.text(path)).contains("import HeadraceKafka"), "\(path)")
    }
    for path in Tree.files(under: "Sources/HeadraceKafka", endings: ".swift") {
      #expect(!(try Tree.text(path)).contains("import HeadraceBroker"), "\(path)")
    }
  }

  @Test func theCodeOfTheReadmeIsCodeThatRuns() throws {
    let readme = try Tree.text("README.md")
    let example = try Tree.text("Examples/FirstProcessor/main.swift")
    let blocks = readme.components(separatedBy: "```swift\n").dropFirst().map {
      $0.components(separatedBy: "```").first ?? ""
    }
    #expect(blocks.contains(example), "the README's first processor is not Examples/FirstProcessor/main.swift")
  }

  @Test func theReadmeNamesFilesThatExist() throws {
    let readme = try Tree.text("README.md")
    for match in readme.matches(of: #/\]\((?<path>[^)#:]+)\)/#) {
      let path = String(match.output.path)
      #expect(FileManager.default.fileExists(atPath: Tree.root.appending(path: path).path), "README.md links \(path)")
    }
  }
}
