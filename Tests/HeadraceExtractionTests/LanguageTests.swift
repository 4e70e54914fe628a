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

  @Test("A sign of Chinese tells as much as three letters")
  func shortChinese() {
    let text = "灯塔看守人每天晚上爬上狭窄的楼梯，点亮灯火，并把当天的天气写进自己的记录本里"
    #expect(LanguageDetector.detect(Array(text.utf8)).language == "zh")
  }

  @Test("Control characters hide nothing of a text, as in manual pages and logs with colours")
  func controls() {
    let text = "\u{1b}[31mFehler\u{1b}[0m \u{7}\u{85}\u{ffff} " + Samples.german
    #expect(LanguageDetector.detect(Array(text.utf8)).language == "de")
  }

  @Test("Foreign words around a text leave it its language")
  func mixture() {
    let text = "Paper\n\nPaper\n\nAnna\n\nEins\n\n" + Samples.russian + "\n\na\tb\nc\td\n\nZwei\n\nText1\n\na note"
    #expect(LanguageDetector.detect(Array(text.utf8)).language == "ru")
  }

  @Test(
    "Near relatives are told apart",
    arguments: [
      (
        "da",
        "Fyrpasseren går hver aften op ad den smalle trappe, tænder lampen og skriver dagens vejr ned i sin bog ved vinduet."
      ),
      (
        "nb",
        "Fyrvokteren går opp den smale trappen hver kveld, tenner lampen og skriver dagens vær ned i boken sin ved vinduet."
      ),
      (
        "sv",
        "Fyrvaktaren går varje kväll uppför den smala trappan, tänder lampan och skriver ner dagens väder i sin bok."
      ),
      (
        "id",
        "Setiap malam penjaga mercusuar menaiki tangga yang sempit, menyalakan lampu dan menuliskan cuaca hari itu di bukunya."
      ),
    ])
  func relatives(_ expected: String, _ text: String) {
    #expect(LanguageDetector.detect(Array(text.utf8)).language == expected)
  }

  @Test("The headers of a mail are English and say nothing about its language")
  func mail() {
    let text = "Subject: Mühle\nFrom: a@example.org\nTo: b@example.org\nDate: 2026-11-24\n\n" + Samples.german
    let body = LanguageSample.bodyOfMail(Array(text.utf8))
    #expect(String(decoding: body, as: UTF8.self) == Samples.german)
    let short = Array("Subject: x\n\nshort".utf8)
    #expect(LanguageSample.bodyOfMail(short).count == short.count)
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
