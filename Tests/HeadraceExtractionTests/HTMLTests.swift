import HeadraceExtraction
import Testing

@Suite("HTML into text", .timeLimit(.minutes(1)))
struct HTMLTests {
  @Test(
    "What is text, what is a break",
    arguments: [
      ("<p>one<p>two", "one\n\ntwo"),
      ("a <b>bold</b>\n  word", "a bold word"),
      ("<div>a</div><div>b</div>", "a\nb"),
      ("a<br>b<br/>c", "a\nb\nc"),
      ("<table><tr><td>a<td>b<tr><th>c</th><th>d</th></table>e", "a\tb\nc\td\n\ne"),
      ("<table><tr><td><p>a</p></td><td><div>b</div><p>c</p></td></tr><tr><td>d</table>", "a\tb\n\nc\nd"),
      ("<table><tr><td>a<td><h2>Head</h2><p>b<td>c</table>", "a\n\nHead\n\nb\tc"),
      ("<ul><li>a<li>b</ul>", "a\nb"),
      ("<script>var a = '<p>no';</script><style>p{}</style>x<noscript>y</noscript><template>z</template>", "x"),
      ("<SCRIPT>if (a<b) x('</p>')</SCRIPT >kept", "kept"),
      ("<script>never closed", ""),
      ("<svg><text>no</text><svg></svg></svg>after", "after"),
      ("&amp;&lt;&eacute;&#8364;&nbsp;x", "&<é€\u{a0}x"),
      ("<pre> a\n  b</pre>", " a\n  b"),
      ("<!-- > <script> -->seen", "seen"),
      ("a<!-- not seen -->b", "ab"),
      ("<p title=\"a > b\">x</p>", "x"),
      ("<a href=foo\"bar>shown</a>", "shown"),
      ("nul\u{0}byte", "nul byte"),
      ("<html><head><title>T</title></head><body>b</body></html>", "T\n\nb"),
      ("日本<b>語</b>の<i>文</i>", "日本語の文"),
      ("x < y and z > w", "x < y and z > w"),
      ("<!DOCTYPE html [ <!ENTITY who \"a > ']> b\"> ]><html><body><p>seen</p></body></html>", "seen"),
      (
        "<!DOCTYPE html PUBLIC \"-//X [1]//EN\" 'x.dtd' [<!-- it's ]> --><!ATTLIST p\n a CDATA ''><?x y?>\n%e;\n]\n><p>a",
        "a"
      ),
      ("<!doctype html[<!ENTITY a '<p>no</p>'>]>b<p>c", "b\n\nc"),
      ("<!DOCTYPE html [<!ENTITY a \"b\"><html><body><p>never closed</p>", "never closed"),
      ("<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\"><p>[a]", "[a]"),
    ])
  func text(_ html: String, _ expected: String) {
    #expect(InProcess.text(Array(html.utf8), as: .html) == expected)
  }

  @Test("Title, author and the sections under their headings")
  func factsAndSections() throws {
    let html = """
      <!doctype html><title>The <b>title</title><meta name="Author" content="Ada"><h1>First  part</h1>\
      <p>one</p><h2>Second</h2><p>two</p>
      """
    let content = InProcess.read(Array(html.utf8), as: .html)
    #expect(content.metadata["title"]?.hasPrefix("The") == true)
    #expect(content.metadata["author"] == "Ada")
    #expect(content.positions.map(\.label) == ["First part", "Second"])
    let text = Array(String(decoding: content.text, as: UTF8.self).unicodeScalars)
    let second = try #require(content.positions.last)
    var part = String.UnicodeScalarView()
    part.append(contentsOf: text[second.start..<second.end])
    #expect(String(part) == "Second\n\ntwo")
  }

  @Test("A tag of any length costs no more than its bytes")
  func longTags() {
    let attributes = (0..<60_000).map { "a\($0)=1" }.joined(separator: " ")
    let image = "<img src=\"data:image/png;base64," + String(repeating: "A", count: 1 << 20) + "\">"
    let html = "<p \(attributes)>seen</p>\(image) <b title='\(String(repeating: "x", count: 9000))'>too</b>"
    #expect(InProcess.text(Array(html.utf8), as: .html) == "seen\n\ntoo")
  }

  @Test("Depth costs nothing", arguments: ["div", "b", "table", "ul", "font"])
  func nesting(_ name: String) {
    let html = String(repeating: "<\(name)>", count: 50_000) + "deep"
    #expect(InProcess.text(Array(html.utf8), as: .html) == "deep")
  }
}
