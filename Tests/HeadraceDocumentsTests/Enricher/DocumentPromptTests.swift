import HeadraceCore
import HeadraceLLM
import Testing

@testable import HeadraceDocuments

@Suite("Document prompts")
struct DocumentPromptTests {
  @Test func theMessageHoldsTheDocumentAndNothingBreaksOut() {
    let message = DocumentPrompt.metadata.message(name: "a\nb {text}", text: "x \"\"\" y {name} {other}")
    #expect(
      message.hasPrefix("Document \"a b {text}\":\n\"\"\"\nx ''' y {name} {other}\n\"\"\"\nDescribe this document"))
  }

  /// What is asked must not change under a version: provenance would lie.
  @Test func aPromptNeverChangesUnderItsVersion() {
    let hashes = [DocumentPrompt.metadata, .passage].map { prompt in
      let reference = PromptReference(id: prompt.id, version: prompt.version, template: prompt.wholeTemplate)
      return "\(prompt.id) \(prompt.version) \(reference.templateHash.prefix(16))"
    }
    #expect(hashes == ["document-metadata 1 c11dcd7fea681a67", "document-passage 1 7578da6fbb640dd0"])
  }

  @Test func whatAModelSaidIsTidied() {
    let description = DocumentDescription(
      answer: [
        "title": "  A\n title\u{7} ", "summary": "s", "category": "report", "topics": ["Tax", "tax ", "", "VAT"],
        "keywords": ["a", 1, "b"],
      ], fallbackTitle: "name.txt")
    #expect(description.title == "A title")
    #expect(description.topics == ["Tax", "VAT"])
    #expect(description.keywords == ["a", "b"])
    #expect(DocumentDescription(answer: ["title": " "], fallbackTitle: "name.txt").title == "name.txt")
  }
}
