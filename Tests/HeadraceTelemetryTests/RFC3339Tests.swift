import HeadraceTelemetry
import Testing

@Suite struct RFC3339Tests {
  @Test(arguments: [
    ("1970-01-01T00:00:00.000Z", 0), ("2000-02-29T23:59:59.999Z", 951_868_799_999),
    ("1969-12-31T23:59:59.999Z", -1), ("2026-11-24T06:52:36.120Z", 1_795_503_156_120),
  ])
  func formatsAndReads(text: String, milliseconds: Int64) {
    #expect(RFC3339.text(milliseconds: milliseconds) == text)
    #expect(RFC3339.milliseconds(text) == milliseconds)
  }

  @Test func readsOffsetsAndDecimals() {
    #expect(RFC3339.milliseconds("1970-01-01T01:00:00+01:00") == 0)
    #expect(RFC3339.milliseconds("1970-01-01T00:00:00.1234567Z") == 123)
    #expect(RFC3339.milliseconds("1969-12-31 23:30:00-00:30") == 0)
  }

  @Test(arguments: ["", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T24:00:00Z"])
  func refuses(text: String) { #expect(RFC3339.milliseconds(text) == nil) }

  @Test func roundTripsAnyDay() {
    for day in stride(from: Int64(-200_000), to: 200_000, by: 37) {
      let milliseconds = day * 86_400_000 + 12_345
      #expect(RFC3339.milliseconds(RFC3339.text(milliseconds: milliseconds)) == milliseconds)
    }
  }
}
