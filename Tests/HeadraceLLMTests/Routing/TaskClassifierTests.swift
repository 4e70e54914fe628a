import FoundationEssentials
import Testing

@testable import HeadraceLLM

/// The classifier on texts that it was not trained on.
@Suite struct TaskClassifierTests {
  static func examples(_ name: String) throws -> [(TaskClass, String)] {
    let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
    let text = try String(contentsOfFile: "\(root)/ops/classifier/\(name)", encoding: .utf8)
    return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let parts = line.split(separator: "\t", maxSplits: 1)
      return (try #require(TaskClass(rawValue: String(parts[0]))), String(parts[1]))
    }
  }

  @Test func ninetyPercentOfTheHeldOutSetAreRight() throws {
    let held = try Self.examples("heldout.tsv")
    let right = held.count { TaskClassifier().classify($0.1).0 == $0.0 }
    #expect(held.count >= 100)
    #expect(Double(right) / Double(held.count) >= 0.9, "\(right) of \(held.count)")
  }

  /// An instruction with its text behind it: what the text tells is not what is asked.
  @Test func aTextDoesNotHideItsInstruction() throws {
    let held = try Self.examples("heldout-texts.tsv")
    let right = held.count { TaskClassifier().classify($0.1).0 == $0.0 }
    #expect(held.count >= 20)
    #expect(Double(right) / Double(held.count) >= 0.9, "\(right) of \(held.count)")
  }

  /// All of the training set right means that this code and the script see a text alike.
  @Test func theTrainingSetIsKnown() throws {
    for (kind, text) in try Self.examples("train.tsv") {
      #expect(TaskClassifier().classify(text).0 == kind, "\(text)")
    }
  }

  @Test func anInstructionIsFoundAroundALongDocument() {
    let document = String(repeating: "The river carried timber to the mill until the frost came. ", count: 2_000)
    #expect(TaskClassifier().classify("Summarize the following text.\n" + document).0 == .summary)
    #expect(TaskClassifier().classify(document + "\nTranslate the text above into German.").0 == .translation)
  }

  @Test func anyTextHasAClass() {
    for text in ["", " ", "\u{0}", "😀", String(repeating: "x", count: 1_000_000)] {
      let (_, _, confidence) = TaskClassifier().classify(text)
      #expect((0...1).contains(confidence))
    }
  }
}
