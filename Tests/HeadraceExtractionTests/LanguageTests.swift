import HeadraceExtraction
import Testing

@Suite("Language")
struct LanguageTests {
  @Test(arguments: [(Samples.german, "de"), (Samples.russian, "ru"), (Samples.japanese, "ja")])
  func isTold(_ text: String, _ expected: String) {
    let found = LanguageDetector.detect(Array(text.utf8))
    #expect(found.language == expected)
    #expect(found.languages.first?.language == expected)
  }

  @Test("Under fifty letters nobody guesses")
  func shortTexts() {
    #expect(LanguageDetector.detect(Array("Das ist ein kurzer Satz.".utf8)).language == "und")
    #expect(LanguageDetector.detect(Array(String(repeating: "123 ", count: 100).utf8)).language == "und")
    #expect(LanguageDetector.detect([]).language == "und")
  }

  @Test("A second language is listed from a fifth of the text on")
  func secondLanguage() {
    let mixed = String(repeating: Samples.german, count: 3) + String(repeating: Samples.russian, count: 2)
    let found = LanguageDetector.detect(Array(mixed.utf8))
    #expect(Set(found.languages.map(\.language)) == ["de", "ru"])
    #expect(found.languages.allSatisfy { $0.percent >= 20 })
  }

  @Test("Tags are BCP 47")
  func tags() {
    let hebrew =
      "הטוחן טוחן את החיטה לקמח והאופה אופה ממנו לחם. מעל הגשר מוביל שביל צר אל הסכר שבו רועש המים כל היום וכל הלילה."
    #expect(LanguageDetector.detect(Array(hebrew.utf8)).language == "he")
    let norwegian = """
      Mølleren maler kornet til mel, og bakeren baker brød av det. Over brua går en smal vei til demningen der vannet bruser. \
      Før i tiden levde mange familier her av skogen og av fisket, og de visste hva de gjorde.
      """
    #expect(LanguageDetector.detect(Array(norwegian.utf8)).language == "nb")
  }
}
