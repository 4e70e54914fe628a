"""Office, OpenDocument, books, PDFs and zip files for the second corpus."""
import io
import random
import shutil
import struct
import subprocess
import zipfile
import zlib

from common import TEXTS, folder, path, put, run, said


def zipped(name, parts, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path(name), "w", method) as archive:
        for part, data in parts:
            archive.writestr(part, data)


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def word_parts(body, main="word/document.xml", more=(), relations=""):
    return [
        ("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'),
        ("_rels/.rels", f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>'),
        (main, body if isinstance(body, bytes) else f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{W}" xmlns:r="{OFFICE}"><w:body>{body}</w:body></w:document>'),
        ("word/_rels/document.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'),
        *more,
    ]


def p(text, properties=""):
    return f"<w:p>{properties}<w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def word():
    import docx

    for tag, text in TEXTS.items():
        document = docx.Document()
        document.core_properties.title, document.core_properties.author = f"Title {tag}", "Anna Ärm"
        document.add_heading("One " + tag, 1)
        for _ in range(2):
            document.add_paragraph(text)
        document.add_paragraph("list", style="List Bullet")
        document.add_heading("Two", 2)
        document.add_paragraph("end")
        table = document.add_table(rows=2, cols=2)
        for i in range(4):
            table.cell(i // 2, i % 2).text = f"cell{i}"
        document.sections[0].header.paragraphs[0].text = "top"
        document.sections[0].footer.paragraphs[0].text = "foot"
        document.save(path(f"word-{tag}.docx"))
        said(f"word-{tag}.docx", "docx", has=[text, "cell0\tcell1", "cell2\tcell3", "top", "foot", "list"], language=tag, title=f"Title {tag}", author="Anna Ärm", sections=["One " + tag, "Two"])
    de = TEXTS["de"]
    note = f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="2">{p("a note at the foot")}</w:footnote></w:footnotes>'
    body = (
        p(de) + f'<w:p><w:ins><w:r><w:t>inserted </w:t></w:r></w:ins><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:r><w:t>kept</w:t></w:r></w:p>'
        '<w:p><w:r><w:t>see</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wps"><w:txbxContent>' + p("in a box") + "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>" + p("in a box") + "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        '<w:p><w:hyperlink r:id="x"><w:r><w:t>a link</w:t></w:r></w:hyperlink><w:r><w:instrText>PAGE no</w:instrText></w:r></w:p>'
        "<w:sdt><w:sdtPr><w:alias w:val='no'/></w:sdtPr><w:sdtContent>" + p("in a control") + "</w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t>tab</w:t><w:tab/><w:t>bed</w:t><w:br/><w:t>next</w:t></w:r></w:p>"
        "<w:p><m:oMath xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'><m:r><m:t>E=mc²</m:t></m:r></m:oMath></w:p>"
        "<w:p><w:smartTag><w:r><w:t>clever</w:t></w:r></w:smartTag></w:p>"
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r></w:p>"
    )
    zipped("rich.docx", word_parts(body, more=[("word/footnotes.xml", note)], relations=f'<Relationship Id="f" Type="{OFFICE}/footnotes" Target="footnotes.xml"/>'))
    said("rich.docx", "docx", has=[de, "inserted kept", "a note at the foot", "in a box", "a link", "in a control", "tab\tbed", "E=mc²", "clever"], lacks=["deleted", "PAGE", "unseen"], once=["in a box"])
    zipped("renamed-main.docx", word_parts(p(de), main="word/document2.xml"))
    said("renamed-main.docx", "docx", has=de)
    zipped("absolute-target.docx", [(n, d.replace('Target="word', 'Target="/word') if n == "_rels/.rels" else d) for n, d in word_parts(p(de))])
    said("absolute-target.docx", "docx", has=de)
    zipped("utf16-parts.docx", word_parts(f'<?xml version="1.0" encoding="UTF-16"?><w:document xmlns:w="{W}"><w:body>{p(de)}</w:body></w:document>'.encode("utf-16")))
    said("utf16-parts.docx", "docx", has=de)
    strict = [(n, d.replace("http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships").replace(W, "http://purl.oclc.org/ooxml/wordprocessingml/main") if isinstance(d, str) else d) for n, d in word_parts(p(de))]
    zipped("strict.docx", strict)
    said("strict.docx", "docx", has=de)
    zipped("traversal.docx", word_parts(p(de), more=[("../../../../tmp/headrace-traversal", "evil"), ("/etc/headrace-traversal", "evil")]))
    said("traversal.docx", "docx", has=de)
    zipped("target-outside.docx", word_parts(p(de), relations=f'<Relationship Id="f" Type="{OFFICE}/footnotes" Target="../../../../../etc/passwd"/><Relationship Id="g" Type="{OFFICE}/header" Target="file:///etc/passwd" TargetMode="External"/>'))
    said("target-outside.docx", "docx", has=de, lacks=["root:"])
    zipped("stored.docx", word_parts(p(de)), zipfile.ZIP_STORED)
    said("stored.docx", "docx", has=de)
    zipped("lzma.docx", word_parts(p(de)), zipfile.ZIP_LZMA)
    said("lzma.docx", reason="corrupt")
    zipped("macro.docm", [(n, d.replace("vnd.openxmlformats-officedocument.wordprocessingml.document.main", "vnd.ms-word.document.macroEnabled.main") if n.startswith("[") else d) for n, d in word_parts(p(de))])
    said("macro.docm", "docx", has=de)
    zipped("empty.docx", word_parts("<w:p/>"))
    said("empty.docx", reason="empty")
    zipped("no-main.docx", [x for x in word_parts(p(de)) if x[0] != "word/document.xml"])
    said("no-main.docx", reason="corrupt")
    zipped("broken-xml.docx", word_parts(f'<w:document xmlns:w="{W}"><w:body>{p(de)}<w:p>'.encode()))
    said("broken-xml.docx", reason="corrupt")
    zipped("many-paragraphs.docx", word_parts(p(de) * 100_000))
    said("many-paragraphs.docx", "docx", has=de)
    zipped("huge-text.docx", word_parts(p("x" * (9 << 20))))
    said("huge-text.docx", "docx")
    zipped("attributes.docx", word_parts("<w:p " + " ".join(f"a{i}='1'" for i in range(100_000)) + "/>" + p(de)))
    said("attributes.docx", reason="corrupt")
    zipped("xxe.docx", word_parts(f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>'.encode()))
    said("xxe.docx", reason="corrupt")
    zipped("deep-tables.docx", word_parts("<w:tbl><w:tr><w:tc>" * 60 + p(de) + "</w:tc></w:tr></w:tbl>" * 60))
    said("deep-tables.docx", "docx", has=de)
    zipped("deep-too.docx", word_parts("<w:tbl><w:tr><w:tc>" * 5000 + p(de) + "</w:tc></w:tr></w:tbl>" * 5000))
    said("deep-too.docx", reason="corrupt")
    # The relationships name an image and a chart; text of charts and diagrams counts, pictures do not.
    chart = '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Wind by month</a:t></a:r></a:p></c:rich></c:tx></c:title></c:chart></c:chartSpace>'
    zipped("chart.docx", word_parts(p(de), more=[("word/charts/chart1.xml", chart)], relations=f'<Relationship Id="c" Type="{OFFICE}/chart" Target="charts/chart1.xml"/>'))
    said("chart.docx", "docx", has=[de, "Wind by month"])


def sheets():
    import datetime

    import openpyxl
    import xlsxwriter

    for tag in ("de", "ru", "ar", "ja", "hi", "zh-Hant", "th"):
        book = openpyxl.Workbook()
        first = book.active
        first.title = "Erstes"
        first.append(["name", "value", "when"])
        first.append([TEXTS[tag], 1234.5, datetime.datetime(2026, 11, 24, 10, 30)])
        first.append([True, None, 0.25])
        first["E9"] = "far away"
        first["A10"] = "=1+1"
        second = book.create_sheet("Zweites Blatt")
        second["A1"] = "on the second"
        book.properties.title, book.properties.creator = "A book", "Anna"
        book.save(path(f"sheet-{tag}.xlsx"))
        said(f"sheet-{tag}.xlsx", "xlsx", has=[TEXTS[tag], "1234.5", "2026-11-24", "on the second", "far away", "TRUE"], language=tag, sheets=["Erstes", "Zweites Blatt"], title="A book", pages=2)
    book = xlsxwriter.Workbook(path("formats.xlsx"), {"constant_memory": False})
    sheet = book.add_worksheet("F")
    sheet.write(0, 0, 45000, book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write(0, 1, 0.5, book.add_format({"num_format": "hh:mm"}))
    sheet.write(0, 2, 0.125, book.add_format({"num_format": "0.0%"}))
    sheet.write_formula(1, 0, "=SUM(1,2)", None, 3)
    sheet.write_rich_string(2, 0, "rich ", book.add_format({"bold": True}), "text", " here")
    sheet.write_comment(2, 0, "a comment")
    sheet.insert_textbox(4, 0, "box text")
    sheet.write_url(3, 0, "https://example.org/", string="a link")
    hidden = book.add_worksheet("Hidden")
    hidden.write(0, 0, "hidden words")
    hidden.hide()
    chart = book.add_chart({"type": "line"})
    chart.set_title({"name": "Wind by month"})
    chart.add_series({"values": "=F!$A$1:$A$2"})
    sheet.insert_chart("H1", chart)
    book.close()
    said("formats.xlsx", "xlsx", has=["2023-03-15", "3", "rich text here", "a comment", "box text", "a link", "hidden words"])
    book = xlsxwriter.Workbook(path("million.xlsx"), {"constant_memory": True})
    sheet = book.add_worksheet("M")
    for row in range(300_000):
        sheet.write_number(row, 0, row)
        sheet.write_string(row, 1, "lamp")
    book.close()
    said("million.xlsx", None)
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = "last cell"
    book.save(path("last-cell.xlsx"))
    said("last-cell.xlsx", "xlsx", has="last cell")
    openpyxl.Workbook().save(path("empty.xlsx"))
    said("empty.xlsx", reason="empty")
    try:
        import xlwt
    except ImportError:
        return
    book = xlwt.Workbook()
    book.add_sheet("a").write(0, 0, "old")
    book.save(path("old.xls"))
    said("old.xls", reason="unsupported_type")
    book.save(path("old-named.xlsx"))
    said("old-named.xlsx", reason="unsupported_type")


def slides():
    import pptx
    import pptx.util

    show = pptx.Presentation()
    for number, (tag, text) in enumerate(TEXTS.items(), 1):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"Title {tag}"
        slide.placeholders[1].text = text
        slide.notes_slide.notes_text_frame.text = f"note {number}"
    table = show.slides.add_slide(show.slide_layouts[6]).shapes.add_table(2, 2, 0, 0, pptx.util.Inches(5), pptx.util.Inches(2)).table
    for i in range(4):
        table.cell(i // 2, i % 2).text = f"cell{i}"
    group = show.slides[-1].shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 1, 1).text_frame.text = "in a group"
    show.save(path("show.pptx"))
    said("show.pptx", "pptx", has=[*TEXTS.values(), "note 7", "cell0\tcell1", "in a group"], pages=len(TEXTS) + 1, kinds=["slide", "notes"])
    show = pptx.Presentation()
    for number in range(1, 13):
        show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = f"slide {number}."
    ids = show.slides._sldIdLst
    ids.append(ids[0])  # the first becomes the last
    show.save(path("order.pptx"))
    said("order.pptx", "pptx", order=["slide 2.", "slide 10.", "slide 12.", "slide 1."])


def open_document():
    from odf import office as odf_office, table, text as odf_text
    from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText

    for tag, words in TEXTS.items():
        document = OpenDocumentText()
        document.text.addElement(odf_text.H(outlinelevel=1, text="Head " + tag))
        document.text.addElement(odf_text.P(text=words))
        items = odf_text.List()
        item = odf_text.ListItem()
        item.addElement(odf_text.P(text="listed"))
        items.addElement(item)
        document.text.addElement(items)
        document.save(path(f"open-{tag}.odt"))
        said(f"open-{tag}.odt", "odt", has=[words, "listed", "Head " + tag], language=tag, sections=["Head " + tag])
    sheet = OpenDocumentSpreadsheet()
    rows = table.Table(name="Wiederholt")
    row = table.TableRow(numberrowsrepeated=1_000_000)
    cell = table.TableCell(valuetype="string", numbercolumnsrepeated=16384)
    cell.addElement(odf_text.P(text="again"))
    row.addElement(cell)
    rows.addElement(row)
    row = table.TableRow()
    for number, value in ((1, "eins"), (3, "zwei"), (1, "drei")):
        cell = table.TableCell(valuetype="string", numbercolumnsrepeated=number)
        cell.addElement(odf_text.P(text=value))
        row.addElement(cell)
    rows.addElement(row)
    row = table.TableRow()
    for value in ("links", None, "rechts"):
        cell = table.TableCell(numbercolumnsrepeated=None if value else 2)
        if value:
            cell.addElement(odf_text.P(text=value))
        row.addElement(cell)
    rows.addElement(row)
    rows.addElement(table.TableRow(numberrowsrepeated=1_048_000))
    sheet.spreadsheet.addElement(rows)
    sheet.save(path("repeated.ods"))
    said("repeated.ods", "ods", has=["again", "eins\tzwei\tzwei\tzwei\tdrei", "links\t\t\trechts"], sheets=["Wiederholt"])
    content = ('<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
               '<office:body><office:text><text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>'
               '<text:p>eins<text:s text:c="3"/>zwei<text:tab/>drei<text:line-break/>vier<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>a note</text:p></text:note-body></text:note></text:p>'
               '<office:annotation><text:p>a remark</text:p></office:annotation></office:text></office:body></office:document-content>')
    zipped("rich.odt", [("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content)])
    said("rich.odt", "odt", has=["zwei\tdrei", "vier", "a note"], lacks=["gone"])
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>'
    zipped("locked.odt", [("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", random.Random(1).randbytes(999)), ("META-INF/manifest.xml", manifest)])
    said("locked.odt", reason="encrypted")
    zipped("doctype.odt", [("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "<!DOCTYPE x [<!ENTITY a 'x'>]>" + content)])
    said("doctype.odt", reason="corrupt")
    flat = content.replace("document-content", "document").replace("<office:document ", '<?xml version="1.0" encoding="UTF-8"?><office:document office:mimetype="application/vnd.oasis.opendocument.text" ', 1)
    put("flat.fodt", flat, None)


def books():
    from ebooklib import epub

    for tag in ("en", "de", "ru", "ar", "ja", "zh", "hi", "th"):
        book = epub.EpubBook()
        book.set_title(f"Book {tag}")
        book.set_language(tag)
        book.add_author("Anna Ärm")
        chapters = []
        for number in (3, 1, 2):
            chapter = epub.EpubHtml(title=f"c{number}", file_name=f"c{number}.xhtml", lang=tag)
            chapter.content = f"<h1>Chapter {number}</h1><p>{TEXTS[tag]}</p>"
            book.add_item(chapter)
            chapters.append((number, chapter))
        book.spine = ["nav"] + [c for _, c in sorted(chapters, key=lambda x: x[0])]
        book.add_item(epub.EpubNcx())
        book.add_item(epub.EpubNav())
        epub.write_epub(path(f"book-{tag}.epub"), book)
        said(f"book-{tag}.epub", "epub", has=TEXTS[tag], language=tag, order=["Chapter 1", "Chapter 2", "Chapter 3"], title=f"Book {tag}", author="Anna Ärm", kinds=["chapter"])
    container = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/a.opf"/></rootfiles></container>'
    opf = '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="text/a%20b.xhtml"/><item id="b" href="../b.xhtml"/></manifest><spine><itemref idref="b"/><itemref idref="a"/></spine></package>'
    zipped("plain.epub", [("META-INF/container.xml", container), ("OEBPS/a.opf", opf), ("OEBPS/text/a b.xhtml", "<html><p>later words"), ("b.xhtml", "<html><p>early words")])
    said("plain.epub", "epub", order=["early words", "later words"])
    zipped("no-spine.epub", [("mimetype", "application/epub+zip"), ("META-INF/container.xml", container), ("OEBPS/a.opf", "<package/>")])
    said("no-spine.epub", reason="corrupt")


# MARK: PDFs


def pdfs():
    import fpdf
    from reportlab.pdfgen import canvas

    def simple(name, words, pages=1, **locks):
        pdf = fpdf.FPDF()
        if locks:
            pdf.set_encryption(**locks)
        for number in range(pages):
            pdf.add_page()
            pdf.set_font("helvetica", size=12)
            pdf.multi_cell(0, 10, words if pages == 1 else f"{words} {number + 1}.")
        pdf.set_title("A title"), pdf.set_author("Anna")
        pdf.output(path(name))

    en = TEXTS["en"]
    simple("three.pdf", en, 3)
    said("three.pdf", "pdf", has=[en + " 1.", en + " 3."], language="en", pages=3, title="A title", author="Anna", kinds=["page"])
    simple("user-aes.pdf", en, owner_password="o", user_password="u", encryption_method="AES_256")
    said("user-aes.pdf", reason="encrypted")
    simple("owner-aes.pdf", en, owner_password="o", encryption_method="AES_256")
    said("owner-aes.pdf", "pdf", has=en)
    whole = (folder / "three.pdf").read_bytes()
    for part in (5, 8, 9, 20, 100, 1000, len(whole) // 3, len(whole) * 2 // 3):
        put(f"cut-{part}.pdf", whole[:part], None, cut=True)
    put("cut-tail.pdf", whole[:-30], None, cut=True)
    put("pdf-named.txt", whole, "pdf", has=en, rule="signature")
    put("pdf-no-name", whole, "pdf", has=en)
    put("pdf-html-before.pdf", b"<html>" + whole, None)
    put("about-pdf.txt", "%PDF- is how they begin.\n" + en, None)
    put("header-only.pdf", b"%PDF-1.7\n", reason="corrupt")
    put("loop.pdf", pdf_of(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 1>>"]), None, cut=True)
    put("loop-parent.pdf", pdf_of(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Pages/Kids[2 0 R]/Count 1>>"]), None, cut=True)
    put("huge-count.pdf", pdf_of(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 2147483647>>"]), None, cut=True)
    put("huge-xref.pdf", pdf_of(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"]).replace(b"0 3\n", b"0 2147483647\n"), None, cut=True)
    put("prev-loop.pdf", pdf_of(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"], prev=True), None, cut=True)
    bomb = zlib.compress(b"BT /F1 12 Tf (x) Tj ET\n" * 20_000_000, 9)
    content = f"<</Length {len(bomb)}/Filter/FlateDecode>>\nstream\n".encode() + bomb + b"\nendstream"
    put("stream-bomb.pdf", pdf_of(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>", content]), None, cut=True)
    script = "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while\\(1\\){})>>>>"
    put("script.pdf", pdf_of([script, "<</Type/Pages/Kids[]/Count 0>>"]), None, cut=True)
    form = canvas.Canvas(path("form.pdf"))
    form.drawString(72, 700, "Before the form.")
    form.acroForm.textfield(name="n", value="Typed into the field", x=72, y=600, width=200, height=20)
    form.save()
    said("form.pdf", "pdf", has="Before the form.")
    long = canvas.Canvas(path("long.pdf"))
    for number in range(1200):
        long.drawString(72, 700, f"This is page number {number + 1} of a long book about the sea.")
        long.showPage()
    long.save()
    said("long.pdf", "pdf", has="page number 1200", pages=1200, language="en")
    blank = canvas.Canvas(path("blanks.pdf"))
    blank.showPage()
    blank.drawString(72, 700, "Words on the second page only.")
    blank.showPage()
    blank.save()
    said("blanks.pdf", "pdf", has="Words on the second page only.", pages=2)
    for name, options in (("qpdf-linear.pdf", ["--linearize"]), ("qpdf-objects.pdf", ["--object-streams=generate"]), ("qpdf-flat.pdf", ["--qdf"])):
        if run("qpdf", *options, path("three.pdf"), path(name)) is not None:
            said(name, "pdf", has=en + " 3.", pages=3)
    for name, options, reason in (("qpdf-user.pdf", ["u", "o", "256", "--"], "encrypted"), ("qpdf-owner.pdf", ["", "o", "128", "--use-aes=y", "--extract=n", "--"], None), ("qpdf-40.pdf", ["", "o", "40", "--"], None)):
        extra = ["--allow-weak-crypto"] if "256" not in options else []
        if run("qpdf", *extra, "--encrypt", *options, path("three.pdf"), path(name)) is not None:
            said(name, None if reason else "pdf", reason=reason, has=[] if reason else en + " 3.")
    if run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", "-sOwnerPassword=o", "-sUserPassword=u", f"-sOutputFile={path('gs-user.pdf')}", path("three.pdf")) is not None:
        said("gs-user.pdf", reason="encrypted")
    if run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfimage8", "-r72", f"-sOutputFile={path('gs-scan.pdf')}", path("three.pdf")) is not None:
        said("gs-scan.pdf", reason="no_text_layer")
    made = run("groff", "-Tpdf", "-k", "-ms", input=f".TL\nA paper\n.AU\nAnna\n.NH\nOne\n.PP\n{en}\n".encode())
    if made:
        put("groff.pdf", made, "pdf", has="The lighthouse keeper climbs")
    made = run("groff", "-Tps", "-ms", input=f".PP\n{en}\n".encode())
    if made:
        put("page.ps", made, reason="unsupported_type")
    for tag, text in TEXTS.items():
        source = folder / ".pango.txt"
        source.write_text(text)
        if run("pango-view", "--no-display", "--width=400", "--font=Noto Sans 12", f"--output={path(f'pango-{tag}.pdf')}", str(source)) is not None:
            said(f"pango-{tag}.pdf", "pdf", words=text, language=tag)
    for suffix in ("docx", "odt", "pptx", "epub", "rtf", "html"):
        for tag in ("de", "ru", "ar", "ja", "hi", "th", "ko", "zh", "vi", "el"):
            source = f"---\ntitle: Paper\nauthor: Anna\n---\n\n# Eins\n\n{TEXTS[tag]}\n\n| a | b |\n|---|---|\n| c | d |\n\n# Zwei\n\nText[^1]\n\n[^1]: a note\n"
            if run("pandoc", "-f", "markdown", "-s", "-o", path(f"pandoc-{tag}.{suffix}"), input=source.encode()) is not None:
                said(f"pandoc-{tag}.{suffix}", suffix, has=[TEXTS[tag], "a note", "c\td"], language=tag)
    if shutil.which("soffice"):
        office_suite()


def pdf_of(objects, prev=False):
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + (body if isinstance(body, bytes) else body.encode()) + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    more = f"/Prev {start}" if prev else ""
    return out + f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R{more}>>\nstartxref\n{start}\n%%EOF\n".encode()


def office_suite():
    """LibreOffice writes what it read from HTML, and a spreadsheet from CSV."""
    source = folder / ".suite"
    source.mkdir(exist_ok=True)
    for tag in ("de", "ru", "ar", "ja", "hi", "th", "he", "ko", "zh-Hant", "vi", "pl"):
        page = f'<html><head><meta charset="utf-8"><title>Paper {tag}</title></head><body><h1>Eins</h1><p>{TEXTS[tag]}</p><table border=1><tr><td>c<td>d</table><h1>Zwei</h1><p>end</p></body></html>'
        (source / f"suite-{tag}.html").write_text(page)
        (source / f"suite-{tag}.csv").write_text(f"a,{TEXTS[tag].replace(',', '')},1.5\n")
    pages, tables = [str(f) for f in sorted(source.glob("*.html"))], [str(f) for f in sorted(source.glob("*.csv"))]
    for suffix, filter in (("docx", "docx"), ("odt", "odt:writer8"), ("rtf", "rtf"), ("doc", "doc"), ("pdf", "pdf"), ("epub", "epub"), ("fodt", "fodt")):
        run("soffice", "--headless", "--infilter=HTML (StarWriter)", "--convert-to", filter, "--outdir", str(folder), *pages)
    for suffix in ("xlsx", "ods", "xls"):
        run("soffice", "--headless", "--infilter=CSV:44,34,76,1", "--convert-to", suffix, "--outdir", str(folder), *tables)
    for made in sorted(folder.glob("suite-*.*")):
        tag, suffix = made.stem[6:], made.suffix[1:]
        text = TEXTS[tag]
        if suffix in ("doc", "xls"):
            said(made.name, reason="unsupported_type")
        elif suffix in ("xlsx", "ods"):
            said(made.name, suffix, has=text.replace(",", ""), language=tag)
        elif suffix == "pdf":
            said(made.name, "pdf", words=text, language=tag)
        elif suffix == "fodt":
            said(made.name, None)
        else:
            said(made.name, suffix, has=[text, "c\td"], language=tag)


# MARK: Hostile zip files


def zips():
    de = TEXTS["de"]
    good = word_parts(p(de))
    zipped("good.docx", good)
    whole = (folder / "good.docx").read_bytes()
    for part in (3, 4, 30, 100, len(whole) // 2, len(whole) - 22, len(whole) - 1):
        put(f"cut-{part}.docx", whole[:part], None, reason="corrupt" if part > 3 else None, cut=part <= 3)
    put("prefixed.docx", b"MZ stub" * 20 + whole, None, cut=True)
    put("appended.docx", whole + bytes(500), None, cut=True)
    put("commented.docx", whole[:-2] + struct.pack("<H", 7) + b"comment", "docx", has=de)
    # Sizes that lie: the directory says ten bytes, and there are 300 MB.
    inner = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join([inner.compress(bytes(1 << 20)) for _ in range(300)]) + inner.flush()
    put("lying-size.docx", crafted([(n, d.encode() if isinstance(d, str) else d) for n, d in good if n != "word/document.xml"], [("word/document.xml", packed, 10)]), None, reason="too_large")
    # All entries are the same bytes of the file.
    put("overlapping.docx", crafted([(n, d.encode() if isinstance(d, str) else d) for n, d in good], [], overlaps=5000), "docx", has=de)
    put("many-entries.docx", crafted([(n, d.encode() if isinstance(d, str) else d) for n, d in good], [], overlaps=60_000), None, reason="too_large")
    # Zip files in zip files, five deep.
    data = bytes(10 << 20)
    for depth in range(5):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(8):
                archive.writestr(f"{depth}-{number}.zip", data)
        data = buffer.getvalue()
    put("nested.zip", data, reason="unsupported_type")
    put("nested.docx", data, reason="unsupported_type")
    zipped("locked.zip", [("a", "b")])
    if shutil.which("7z"):
        (folder / ".secret").write_text("secret")
        run("7z", "a", "-tzip", "-psecret", "-mem=AES256", path("locked-aes.zip"), str(folder / ".secret"))
        said("locked-aes.zip", reason="unsupported_type")
        base = folder / ".parts"
        for name, part in good:
            (base / name).parent.mkdir(parents=True, exist_ok=True)
            (base / name).write_text(part)
        done = subprocess.run(["7z", "a", "-tzip", "-psecret", path("locked-parts.docx"), "."], cwd=base, capture_output=True)
        if done.returncode == 0:
            said("locked-parts.docx", reason="encrypted")
        run("7z", "a", "-t7z", path("archive.7z"), str(folder / ".secret"))
        said("archive.7z", reason="unsupported_type")
    zipped("empty.zip", [])
    said("empty.zip", reason="unsupported_type")
    zipped("java.jar", [("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"), ("A.class", b"\xca\xfe\xba\xbe")])
    said("java.jar", reason="unsupported_type")
    zipped("unknown-odf.odg", [("mimetype", "application/vnd.oasis.opendocument.graphics"), ("content.xml", "<a/>")])
    said("unknown-odf.odg", reason="unsupported_type")
    big = "<w:p><w:r><w:t>" + "A" * 1000 + "</w:t></w:r></w:p>"
    zipped("bomb-parts.docx", word_parts(big * 62_000))
    said("bomb-parts.docx", None, cut=True)
    strings = "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><si><t>" + "B" * 30_000 + "</t></si></sst>"
    cells = "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData><row>" + "<c t='s'><v>0</v></c>" * 500_000 + "</row></sheetData></worksheet>"
    relations = f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" Type="{OFFICE}/worksheet" Target="s.xml"/><Relationship Id="b" Type="{OFFICE}/sharedStrings" Target="strings.xml"/></Relationships>'
    zipped("quadratic.xlsx", [
        ("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'),
        ("_rels/.rels", f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/b.xml"/></Relationships>'),
        ("xl/b.xml", f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{OFFICE}"><sheets><sheet name="a" r:id="a"/></sheets></workbook>'),
        ("xl/_rels/b.xml.rels", relations), ("xl/strings.xml", strings), ("xl/s.xml", cells)])
    said("quadratic.xlsx", reason="too_large")
    try:
        import msoffcrypto.format.ooxml

        for kind in ("docx", "xlsx", "pptx"):
            source = {"docx": "good.docx", "xlsx": "sheet-de.xlsx", "pptx": "show.pptx"}[kind]
            with open(path(source), "rb") as file, open(path(f"locked-ms.{kind}"), "wb") as target:
                msoffcrypto.format.ooxml.OOXMLFile(file).encrypt("secret", target)
            said(f"locked-ms.{kind}", reason="encrypted")
    except ImportError:
        pass


def crafted(parts, raw, overlaps=0):
    """A zip file whose directory says what we like: `raw` are (name, deflated bytes, claimed size)."""
    out, directory, count = b"", b"", 0

    def add(name, packed, size, crc, method):
        nonlocal out, directory, count
        place = len(out)
        common = struct.pack("<HHHHIIIHH", 0, method, 0, 0, crc, len(packed), size, len(name), 0)
        out += b"PK\3\4" + struct.pack("<H", 20) + common + name.encode() + packed
        directory += b"PK\1\2" + struct.pack("<HH", 20, 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, place) + name.encode()
        count += 1
        return place, common

    for name, data in parts:
        add(name, data, len(data), zlib.crc32(data), 0)
    for name, packed, size in raw:
        add(name, packed, size, 0, 8)
    if overlaps:
        place, common = add("media/x", b"y" * 10_000, 10_000, zlib.crc32(b"y" * 10_000), 0)
        for number in range(overlaps):
            name = f"media/{number:05}"
            directory += b"PK\1\2" + struct.pack("<HH", 20, 20) + common[:-4] + struct.pack("<HH", len(name), 0) + struct.pack("<HHHII", 0, 0, 0, 0, place) + name.encode()
            count += 1
    return out + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)


def office():
    word()
    sheets()
    slides()
    open_document()
    books()
    pdfs()
    zips()
