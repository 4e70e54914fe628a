import Testing

@testable import HeadraceDocuments

@Suite("Cursors")
struct CursorTests {
  @Test func cursorsComeBackAsTheyWent() {
    var cursor = EventCursor(clusterID: "abc", partition: 7)
    cursor.uploads = 18
    cursor.progress = .max
    #expect(EventCursor(cursor.text) == cursor)
    #expect(cursor.text.utf8.allSatisfy { $0 > 32 && $0 < 127 })
    let place = ListCursor(time: 1_795_478_400_000, id: Samples.id)
    #expect(ListCursor(place.text) == place)
  }

  @Test(arguments: [
    "", "1", "1-abc-0-0-0-0", "2-abcdefgh-0-0-0-0", "1-abcdefgh-0-0-0", "1-abcdefgh-0-0-0-0-0", "1-abcdefgh-x-0-0-0",
    "1-abcdefgh-0-0-0--1", "1-abcdefgh-0-99999999999999999999-0-0", "1-abcdefgh-0-0-0-0\n",
  ])
  func anythingElseIsNoCursor(_ text: String) {
    #expect(EventCursor(text) == nil)
    #expect(ListCursor(text) == nil)
  }
}
