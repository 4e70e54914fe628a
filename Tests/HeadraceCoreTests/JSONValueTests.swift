import FoundationEssentials
import HeadraceCore
import Testing

@Suite struct JSONValueTests {
  @Test(arguments: [
    #"{"a":1,"b":[true,false,null],"c":"x\"y\\z\n","d":1.5,"e":{}}"#, "[]", "0", "-12", "\"é🙂\"", "1e-05",
    "9223372036854775807",
  ])
  func roundTrips(text: String) throws { #expect(try JSONValue(parsing: text).text == text) }

  @Test(arguments: [
    ("", 0), ("{", 1), ("[1,]", 3), ("01", 2), ("1.", 2), ("\"a", 2), ("\"\u{1}\"", 1), ("nul", 0), ("{} x", 3),
    ("{\"a\" 1}", 5), ("1e999", 5), ("\"\\x\"", 3), ("NaN", 0), ("+1", 0),
  ])
  func refuses(text: String, offset: Int) {
    let error = #expect(throws: JSONValue.SyntaxError.self) { try JSONValue(parsing: text) }
    #expect(error?.offset == offset)
  }

  @Test func escapesAndSurrogates() throws {
    #expect(try JSONValue(parsing: #""\u00e9\ud83d\ude42\/""#) == "é🙂/")
    #expect(try JSONValue(parsing: #""\ud83dx""#) == "\u{FFFD}x")
  }

  @Test func depthIsBounded() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONValue.SyntaxError.self) { try JSONValue(parsing: deep) }
  }

  @Test func notUTF8IsRefused() {
    #expect(throws: JSONValue.SyntaxError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
  }

  @Test func agreesWithFoundation() throws {
    let value: JSONValue = ["a": 1, "b": ["c": [nil, true, 2.5, "x"]]]
    let encoded = try JSONEncoder().encode(value)
    #expect(try JSONValue(parsing: Array(encoded)).canonical == value.canonical)
    #expect(try JSONDecoder().decode(JSONValue.self, from: Data(value.bytes)).canonical == value.canonical)
  }

  @Test func canonicalSortsMembers() throws {
    #expect(try JSONValue(parsing: #"{"b":1,"a":{"d":1,"c":2}}"#).canonical.text == #"{"a":{"c":2,"d":1},"b":1}"#)
  }

  @Test func members() {
    var value: JSONValue = ["a": 1]
    value["b"] = 2
    value["a"] = nil
    #expect(value == ["b": 2])
  }
}
