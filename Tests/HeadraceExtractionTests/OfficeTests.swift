import HeadraceExtraction
import Testing

@Suite("Office documents into text", .timeLimit(.minutes(1)))
struct OfficeTests {
  @Test("DOCX: runs, paragraphs, tables, headings; no twins, nothing deleted")
  func word() {
    let cell = { (text: String) in "<w:tc>\(Samples.paragraph(text))</w:tc>" }
    let body =
      Samples.paragraph("A heading", style: "Heading1")
      + "<w:p><w:r><w:t>one </w:t></w:r><w:r><w:t xml:space=\"preserve\">line</w:t><w:tab/><w:t>x</w:t><w:br/><w:t>y</w:t></w:r></w:p>"
      + "<w:tbl><w:tr>\(cell("a"))\(cell("b"))</w:tr><w:tr>\(cell("c"))\(cell("d"))</w:tr></w:tbl>"
      + "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
        + """
        <mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>\
        \(Samples.paragraph("box"))</mc:Choice><mc:Fallback>\(Samples.paragraph("box"))</mc:Fallback></mc:AlternateContent>
        """
    let content = InProcess.read(Samples.docx(body: body), as: .word)
    #expect(String(decoding: content.text, as: UTF8.self) == "A heading\n\none line\tx\ny\na\tb\nc\td\n\nbox")
    #expect(content.positions.first?.label == "A heading")
    #expect(content.positions.first?.kind == .section)
  }

  @Test("DOCX: what is hidden is not read, what charts are called is")
  func hiddenRunsAndCharts() {
    let body =
      "<w:p><w:r><w:t>seen</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t> hidden</w:t></w:r></w:p>"
      + "<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>too</w:t></w:r></w:p>"
    let chart = """
      <c:chart xmlns:c="x" xmlns:a="\(Samples.drawing)"><c:title><c:rich><a:p><a:r><a:t>Wind</a:t></a:r><a:r><a:t> speed\
      </a:t></a:r></a:p></c:rich></c:title><c:cat><c:strCache><c:pt><c:v>May</c:v></c:pt></c:strCache></c:cat><c:cat>\
      <c:strCache><c:pt><c:v>May</c:v></c:pt></c:strCache></c:cat><c:val><c:numCache><c:v>3</c:v></c:numCache></c:val></c:chart>
      """
    let relations = Samples.relationships([("1", "chart", "charts/chart1.xml")])
    let document = Samples.docx(
      body: body, extra: [("word/_rels/document.xml.rels", relations), ("word/charts/chart1.xml", chart)])
    #expect(InProcess.text(document, as: .word) == "seen\ntoo\nWind speed\nMay")
  }

  @Test("ODS: what repeats is written as often as it is seen, within bounds")
  func repeatedCells() {
    let cell = { (text: String, count: Int) in
      "<table:table-cell table:number-columns-repeated=\"\(count)\">"
        + (text.isEmpty ? "" : "<text:p>\(text)</text:p>") + "</table:table-cell>"
    }
    let row = { (count: Int, cells: String) in
      "<table:table-row table:number-rows-repeated=\"\(count)\">\(cells)</table:table-row>"
    }
    let body = """
      <office:spreadsheet><table:table table:name="S">\(row(1_000_000, cell("paint", 16_384)))\
      \(row(2, cell("a", 1) + cell("b", 2) + cell("", 2) + cell("c", 1)))\(row(1, cell("x<text:s/>y", 1)))\
      \(row(1_048_000, cell("", 16_384)))</table:table></office:spreadsheet>
      """
    let content = InProcess.read(Samples.openDocument("spreadsheet", body: body), as: .openDocumentSpreadsheet)
    let text = String(decoding: content.text, as: UTF8.self)
    #expect(text == "paint\na\tb\tb\t\t\tc\na\tb\tb\t\t\tc\nx y")
    #expect(content.positions.map(\.label) == ["S"])
  }

  @Test("DOCX: notes, comments, headers and footers follow, equal ones once")
  func wordParts() {
    let part = { (root: String, text: String) in
      "<w:\(root) xmlns:w=\"\(Samples.word)\">\(Samples.paragraph(text))</w:\(root)>"
    }
    let relations = Samples.relationships([
      ("1", "header", "header1.xml"), ("2", "header", "header2.xml"), ("3", "footnotes", "footnotes.xml"),
      ("4", "hyperlink", "https://example.org"), ("5", "comments", "../word/comments.xml"),
    ])
    let document = Samples.docx(
      body: Samples.paragraph("body"),
      extra: [
        ("word/_rels/document.xml.rels", relations), ("word/header1.xml", part("hdr", "head")),
        ("word/header2.xml", part("hdr", "head")), ("word/footnotes.xml", part("footnotes", "note")),
        ("word/comments.xml", part("comments", "remark")),
      ])
    #expect(InProcess.text(document, as: .word) == "body\n\nnote\n\nremark\n\nhead")
  }

  @Test("XLSX: shared and inline strings, dates, numbers, sheets by name")
  func spreadsheet() {
    let book = spreadsheet(
      sheet: """
        <row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>inline</t></is></c></row>\
        <row><c><v>0.30000000000000004</v></c><c s="1"><v>45352</v></c><c s="1"><v>45352.5</v></c><c t="b"><v>1</v></c></row>
        """,
      strings: "<si><t>東京</t><rPh sb=\"0\" eb=\"2\"><t>とうきょう</t></rPh></si>")
    let content = InProcess.read(book, as: .spreadsheet)
    #expect(
      String(decoding: content.text, as: UTF8.self)
        == "Numbers\n東京\t\tinline\n0.3\t2024-03-01\t2024-03-01 12:00\tTRUE")
    #expect(
      content.positions == [TextPosition(kind: .sheet, number: 1, label: "Numbers", start: 0, end: content.scalars)])
    #expect(content.metadata["pages"] == "1")
  }

  @Test("PPTX: slides in the presentation's order, each with its notes; tables row by row")
  func presentation() {
    let cell = { (text: String) in "<a:tc><a:txBody><a:p><a:r><a:t>\(text)</a:t></a:r></a:p></a:txBody></a:tc>" }
    var zip = ZipBuilder()
    Samples.office(
      &zip, main: "ppt/presentation.xml",
      media: "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml")
    zip.add(
      "ppt/presentation.xml",
      """
      <p:presentation xmlns:p="x" xmlns:r="\(Samples.relations)"><p:sldIdLst><p:sldId id="256" r:id="b"/>\
      <p:sldId id="257" r:id="a"/></p:sldIdLst></p:presentation>
      """)
    zip.add(
      "ppt/_rels/presentation.xml.rels",
      Samples.relationships([("a", "slide", "slides/slide1.xml"), ("b", "slide", "slides/slide2.xml")]))
    zip.add(
      "ppt/slides/slide1.xml", slide("second", more: "</a:p><a:tbl><a:tr>\(cell("a"))\(cell("b"))</a:tr></a:tbl><a:p>"))
    zip.add("ppt/slides/slide2.xml", slide("first"))
    zip.add("ppt/slides/_rels/slide2.xml.rels", Samples.relationships([("n", "notesSlide", "../notesSlides/n.xml")]))
    zip.add("ppt/notesSlides/n.xml", slide("said", more: "<a:fld type=\"slidenum\"><a:t>1</a:t></a:fld>"))
    let content = InProcess.read(zip.file(), as: .presentation)
    #expect(String(decoding: content.text, as: UTF8.self) == "first\n\nsaid\n\nsecond\na\tb")
    #expect(content.positions.map(\.kind) == [.slide, .notes, .slide])
    #expect(content.positions.map(\.number) == [1, 1, 2])
  }

  @Test(
    "Hostile XML",
    arguments: [
      ("<!DOCTYPE x [<!ENTITY a \"b\">]>", "corrupt"), ("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">", "corrupt"),
      ("<<", "corrupt"),
    ])
  func hostile(_ prologue: String, _ reason: String) {
    var zip = ZipBuilder()
    Samples.office(&zip, main: "word/document.xml", media: "x.wordprocessingml.document.main+xml")
    zip.add("word/document.xml", "\(prologue)<w:document xmlns:w=\"\(Samples.word)\"/>")
    #expect(InProcess.reason(zip.file(), as: .word) == reason)
  }

  @Test("Depth and size")
  func bounds() {
    let deep = String(repeating: "<w:p>", count: 5000) + String(repeating: "</w:p>", count: 5000)
    #expect(InProcess.reason(Samples.docx(body: deep), as: .word) == "corrupt")
    let attributes = (0..<100_000).map { "a\($0)=\"1\"" }.joined(separator: " ")
    #expect(InProcess.reason(Samples.docx(body: "<w:p \(attributes)/>"), as: .word) == "corrupt")
    var zip = ZipBuilder()
    Samples.office(&zip, main: "word/document.xml", media: "x.wordprocessingml.document.main+xml")
    zip.addBomb(
      "word/document.xml", prefix: "<w:document xmlns:w=\"\(Samples.word)\"><w:t>", byte: 0x41, count: 100 << 20,
      suffix: "</w:t></w:document>")
    #expect(InProcess.reason(zip.file(), as: .word) == "too_large")
  }

  @Test("ODT, ODS, ODP")
  func openDocument() {
    let text = """
      <office:text><text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:h>Part</text:h><text:p>a\
      <text:s text:c="3"/>b<text:tab/>c<text:line-break/>d</text:p><table:table><table:table-row><table:table-cell>\
      <text:p>e</text:p></table:table-cell><table:table-cell><text:p>f</text:p></table:table-cell></table:table-row>\
      </table:table></office:text>
      """
    let content = InProcess.read(Samples.openDocument("text", body: text), as: .openDocumentText)
    #expect(String(decoding: content.text, as: UTF8.self) == "Part\n\na   b\tc\nd\n\ne\tf")
    #expect(content.metadata["title"] == "A title" && content.metadata["author"] == "Ada")
    let sheet = """
      <office:spreadsheet><table:table table:name="One"><table:table-row><table:table-cell><text:p>x</text:p>\
      </table:table-cell></table:table-row></table:table></office:spreadsheet>
      """
    let sheets = InProcess.read(Samples.openDocument("spreadsheet", body: sheet), as: .openDocumentSpreadsheet)
    #expect(sheets.positions.map(\.label) == ["One"])
    let slides = """
      <office:presentation><draw:page draw:name="p1"><text:p>x</text:p><presentation:notes><text:p>n</text:p>\
      </presentation:notes></draw:page><draw:page draw:name="p2"><text:p>y</text:p></draw:page></office:presentation>
      """
    let pages = InProcess.read(Samples.openDocument("presentation", body: slides), as: .openDocumentPresentation)
    #expect(pages.positions.map(\.kind) == [.slide, .notes, .slide])
    let locked = Samples.openDocument("text", body: "", manifest: "<m:manifest><m:encryption-data/></m:manifest>")
    #expect(InProcess.reason(locked, as: .openDocumentText) == "encrypted")
  }

  @Test("EPUB: chapters in the order of the spine")
  func book() {
    var zip = ZipBuilder()
    zip.add(
      "META-INF/container.xml", "<container><rootfiles><rootfile full-path=\"OEBPS/p.opf\"/></rootfiles></container>")
    zip.add(
      "OEBPS/p.opf",
      """
      <?xml version="1.0"?><!DOCTYPE package><package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>\
      <dc:title>A book</dc:title><dc:creator>Ada</dc:creator></metadata><manifest><item id="b" href="b%20b.xhtml"/>\
      <item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>
      """)
    zip.add("OEBPS/b b.xhtml", "<html><head><title>Two</title></head><body><p>later</p></body></html>")
    zip.add(
      "OEBPS/a.xhtml", "<html><head><title>One</title></head><body><h1>Start</h1><p>sooner &#228;</p></body></html>")
    zip.add("mimetype", "application/epub+zip")
    let content = InProcess.read(zip.file(), as: .epub)
    #expect(String(decoding: content.text, as: UTF8.self) == "Start\n\nsooner ä\n\nlater")
    #expect(content.positions.filter { $0.kind == .chapter }.map(\.label) == ["One", "Two"])
    #expect(content.metadata["title"] == "A book" && content.metadata["author"] == "Ada")
  }

  private func slide(_ text: String, more: String = "") -> String {
    """
    <p:sld xmlns:p="x" xmlns:a="\(Samples.drawing)"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>\(text)</a:t></a:r>\
    \(more)</a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>
    """
  }

  private func spreadsheet(sheet: String, strings: String) -> [UInt8] {
    var zip = ZipBuilder()
    Samples.office(
      &zip, main: "xl/workbook.xml", media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    )
    zip.add(
      "xl/workbook.xml",
      """
      <workbook xmlns="\(Samples.sheet)" xmlns:r="\(Samples.relations)"><sheets><sheet name="Numbers" sheetId="1" r:id="s"/>\
      </sheets></workbook>
      """)
    zip.add(
      "xl/_rels/workbook.xml.rels",
      Samples.relationships([
        ("s", "worksheet", "worksheets/sheet1.xml"), ("t", "sharedStrings", "sharedStrings.xml"),
        ("u", "styles", "styles.xml"),
      ]))
    zip.add(
      "xl/worksheets/sheet1.xml", "<worksheet xmlns=\"\(Samples.sheet)\"><sheetData>\(sheet)</sheetData></worksheet>")
    zip.add("xl/SharedStrings.xml", "<sst xmlns=\"\(Samples.sheet)\">\(strings)</sst>")
    zip.add(
      "xl/styles.xml",
      "<styleSheet xmlns=\"\(Samples.sheet)\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
    )
    return zip.file()
  }
}
