"""Makes documents by the writers that people use, in many languages, and hostile ones; prints what each must become.

    make.py FOLDER      prints one line a file: name, type or !reason, a piece of the text that must be there

Needs python-docx, openpyxl, XlsxWriter, python-pptx, odfpy, EbookLib, fpdf2, reportlab, pypdf (ops/requirements-test.txt).
"""
import datetime
import email.message
import email.policy
import pathlib
import sys
import zipfile
import zlib

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

TEXTS = {
    "en": "The miller grinds the grain into flour, and the baker makes bread of it every single morning.",
    "de": "Der Müller mahlt das Korn zu Mehl, und der Bäcker backt daraus jeden Morgen frisches Brot für alle.",
    "fr": "Le meunier moud le grain, et le boulanger en fait du pain tous les matins, même à Noël, où il fait très froid.",
    "es": "El molinero muele el grano y el panadero hace pan con la harina todas las mañanas, también en el año nuevo.",
    "pt": "O moleiro mói o grão e o padeiro faz pão com a farinha todas as manhãs, também não descansa nas férias.",
    "it": "Il mugnaio macina il grano e il fornaio ne fa il pane ogni mattina, perché la città ha fame già all'alba.",
    "pl": "Młynarz miele zboże na mąkę, a piekarz piecze z niej chleb każdego ranka, żeby nikt nie był głodny.",
    "cs": "Mlynář mele obilí na mouku a pekař z ní každé ráno peče čerstvý chléb, aby nikdo neměl hlad.",
    "ru": "Мельник мелет зерно в муку, а пекарь каждое утро печёт из неё свежий хлеб для всех жителей города.",
    "el": "Ο μυλωνάς αλέθει το σιτάρι και ο φούρναρης φτιάχνει από το αλεύρι ψωμί κάθε πρωί για όλη την πόλη.",
    "tr": "Değirmenci tahılı öğütüp un yapar, fırıncı da her sabah ondan taze ekmek pişirir ve şehre dağıtır.",
    "he": "הטוחן טוחן את החיטה לקמח והאופה אופה ממנו לחם טרי בכל בוקר לכל תושבי העיר הקטנה ליד הנהר.",
    "ja": "粉屋は穀物をひいて粉にし、パン屋は毎朝それで新しいパンを焼く。川沿いの小さな町の人々はみなそれを待っている。",
    "ko": "방앗간 주인은 곡식을 빻아 가루로 만들고 빵집 주인은 매일 아침 그것으로 신선한 빵을 굽는다.",
    "zh": "磨坊主把谷物磨成面粉，面包师每天早上用它烤出新鲜的面包，河边小镇的居民都在等着它。",
}
GERMAN = TEXTS["de"]


def said(name, expected, piece=""):
    print(f"{name}\t{expected}\t{piece}")


def put(name, data, expected, piece=""):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    said(name, expected, piece)


def path(name):
    return str(folder / name)


def office():
    import docx
    import openpyxl
    import pptx
    import xlsxwriter

    for tag in ("de", "ru", "ja", "he", "ko"):
        document = docx.Document()
        document.core_properties.title = tag
        document.add_heading(tag, 1)
        document.add_paragraph(TEXTS[tag])
        table = document.add_table(rows=1, cols=2)
        table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
        document.save(path(f"{tag}.docx"))
        said(f"{tag}.docx", "docx", TEXTS[tag])
    for tag in ("el", "zh"):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = tag
        sheet.append([TEXTS[tag], 3.5, datetime.date(2024, 3, 1)])
        book.save(path(f"{tag}.xlsx"))
        said(f"{tag}.xlsx", "xlsx", TEXTS[tag] + "\t3.5\t2024-03-01".replace("\t", "\\t"))
        book = xlsxwriter.Workbook(path(f"{tag}2.xlsx"))
        book.add_worksheet("s").write(0, 0, TEXTS[tag])
        book.close()
        said(f"{tag}2.xlsx", "xlsx", TEXTS[tag])
    slides = pptx.Presentation()
    for tag in ("fr", "pl"):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = tag
        slide.placeholders[1].text = TEXTS[tag]
        slide.notes_slide.notes_text_frame.text = "said " + tag
    slides.save(path("slides.pptx"))
    said("slides.pptx", "pptx", TEXTS["pl"])


def open_document():
    from odf import draw, style, table, text
    from odf.opendocument import OpenDocumentPresentation, OpenDocumentSpreadsheet, OpenDocumentText

    document = OpenDocumentText()
    document.text.addElement(text.H(outlinelevel=1, text="cs"))
    document.text.addElement(text.P(text=TEXTS["cs"]))
    document.save(path("cs.odt"))
    said("cs.odt", "odt", TEXTS["cs"])
    document = OpenDocumentSpreadsheet()
    sheet, row, cell = table.Table(name="tr"), table.TableRow(), table.TableCell(valuetype="string")
    cell.addElement(text.P(text=TEXTS["tr"]))
    row.addElement(cell)
    sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(path("tr.ods"))
    said("tr.ods", "ods", TEXTS["tr"])
    document = OpenDocumentPresentation()
    layout = style.PageLayout(name="L")
    document.automaticstyles.addElement(layout)
    master = style.MasterPage(name="M", pagelayoutname=layout)
    document.masterstyles.addElement(master)
    page, frame, box = draw.Page(masterpagename=master, name="one"), draw.Frame(width="9cm", height="5cm"), draw.TextBox()
    box.addElement(text.P(text=TEXTS["es"]))
    frame.addElement(box)
    page.addElement(frame)
    document.presentation.addElement(page)
    document.save(path("es.odp"))
    said("es.odp", "odp", TEXTS["es"])


def books():
    from ebooklib import epub

    book = epub.EpubBook()
    book.set_title("Un libro")
    book.set_language("it")
    chapters = []
    for number in range(3):
        chapter = epub.EpubHtml(title=f"Capitolo {number}", file_name=f"c{number}.xhtml", lang="it")
        chapter.content = f"<h1>Capitolo {number}</h1><p>{TEXTS['it']}</p>"
        book.add_item(chapter)
        chapters.append(chapter)
    book.spine = ["nav"] + chapters
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    epub.write_epub(path("it.epub"), book)
    said("it.epub", "epub", TEXTS["it"])


def pdfs():
    import fpdf
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas

    def page(words, **locks):
        pdf = fpdf.FPDF()
        if locks:
            pdf.set_encryption(**locks)
        pdf.add_page()
        pdf.set_font("helvetica", size=12)
        if words:
            pdf.multi_cell(0, 10, words)
        return pdf

    page(TEXTS["en"]).output(path("en.pdf"))
    said("en.pdf", "pdf", "The miller grinds the grain into flour")
    page("Readable by all.", owner_password="o", permissions=0).output(path("owner.pdf"))
    said("owner.pdf", "pdf", "Readable by all.")
    page("Secret.", owner_password="o", user_password="u").output(path("locked.pdf"))
    said("locked.pdf", "!encrypted")
    page("").output(path("blank.pdf"))
    said("blank.pdf", "!empty")
    from PIL import Image

    picture = Image.new("RGB", (40, 40), "white")
    picture.save(path("picture.png"))
    said("picture.png", "!unsupported_type")
    pdf = page("")
    pdf.image(path("picture.png"), 10, 10, 50)
    pdf.output(path("scan.pdf"))
    said("scan.pdf", "!no_text_layer")
    # A font that is not in the file: its characters are known by Adobe's tables (poppler-data) alone.
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    sheet = canvas.Canvas(path("ja.pdf"))
    sheet.setFont("HeiseiMin-W3", 12)
    sheet.drawString(72, 700, TEXTS["ja"][:20])
    sheet.save()
    said("ja.pdf", "pdf", TEXTS["ja"][:20])
    whole = (folder / "en.pdf").read_bytes()
    put("half.pdf", whole[: len(whole) // 2], "!corrupt")
    put("pdf-named.docx", whole, "pdf", "The miller")
    put("junk-before.pdf", b"junk\r\n" * 20 + b"\0" + whole, "pdf", "The miller")


def texts():
    encodings = {
        "en": ["utf-8"], "de": ["cp1252", "utf-16-le", "utf-16-be", "utf-16", "utf-32"], "fr": ["cp1252"], "ru": ["cp1251", "koi8-r", "utf-16-le"],
        "pl": ["cp1250"], "el": ["cp1253"], "tr": ["cp1254"], "ja": ["cp932", "euc_jp", "iso2022_jp", "utf-16-le"], "ko": ["cp949"],
        "zh": ["gb18030", "utf-8"],
    }
    for tag, names in encodings.items():
        for name in names:
            put(f"{tag}.{name}.txt", ((TEXTS[tag] + "\n") * 4).encode(name), "txt", TEXTS[tag])
    put("bare", TEXTS["en"], "txt", TEXTS["en"])
    put("table.csv", "a,b\nMühle,2\n", "csv", "Mühle,2")
    put("list.md", f"# Liste\n\n* {GERMAN}\n", "md", "# Liste")
    put("data.json", '{"mill": "Mühle"}', "json", '{"mill": "Mühle"}')
    put("data.xml", "<?xml version='1.0' encoding='iso-8859-1'?><a>Mühle</a>".encode("latin-1"), "xml", "<a>Mühle</a>")
    put("code.c", "#include <x.h>\nint main(void) { return 0; }\n", "txt", "int main")
    put("text-named.pdf", GERMAN, "txt", GERMAN)
    put("text-named.docx", GERMAN, "txt", GERMAN)
    put("empty.txt", b"", "!empty")
    put("blank.txt", b" \n\t\r\n" * 100, "!empty")
    put("zeros.txt", bytes(10000), "!unsupported_type")
    put("control.txt", bytes(range(256)) * 8, "!unsupported_type")
    put("damaged.txt", TEXTS["ja"].encode() * 5 + b"\xff" + TEXTS["zh"].encode() * 5, "txt", TEXTS["zh"])
    put("unclear.txt", b"\xef\xbb\xbf" + bytes(0x80 + i % 64 for i in range(4000)), "!undecodable")


def markup():
    put("page.html", f"<!doctype html><meta charset=utf-8><title>T</title><p>{TEXTS['fr']}</p><script>x('no')</script>", "html", TEXTS["fr"])
    put("page.koi8.html", f"<html><meta charset=koi8-r><p>{TEXTS['ru']}".encode("koi8-r"), "html", TEXTS["ru"])
    put("html-named.txt", f"<HTML><p>{GERMAN}", "html", GERMAN)
    put("html-named.md", f"<html><p>{GERMAN}", "md", f"<html><p>{GERMAN}")
    put("deep.html", "<div>" * 200_000 + "deep", "html", "deep")
    put("attributes.html", "<p " + " ".join(f"a{i}=1" for i in range(100_000)) + ">seen", "html", "seen")
    put("brackets.html", "<" * 300_000 + " seen", "html", "seen")
    put("comment.html", "<p>seen</p>" + "<!-- " * 100_000, "html", "seen")
    put("script.html", "<script>" + "x" * 100_000, "!empty")
    rtf = "".join(f"\\u{ord(c) if ord(c) < 32768 else ord(c) - 65536}?" for c in TEXTS["zh"])
    put("zh.rtf", "{\\rtf1\\ansi " + rtf + "}", "rtf", TEXTS["zh"])
    bytes_ = "".join(f"\\'{b:02x}" for b in TEXTS["ja"].encode("cp932"))
    put("ja.rtf", "{\\rtf1\\ansi\\ansicpg932{\\fonttbl{\\f0\\fcharset128 M;}}\\f0 " + bytes_ + "}", "rtf", TEXTS["ja"])
    put("rtf-named.doc", "{\\rtf1 from the word processor}", "rtf", "from the word processor")
    put("cut.rtf", "{\\rtf1 cut short", "!corrupt")
    put("deep.rtf", "{\\rtf1 " + "{" * 500_000, "!corrupt")
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Jörg <j@example.org>", "b@example.org", "Die Mühle"
    mail.set_content(GERMAN, charset="iso-8859-1")
    mail.add_alternative(f"<p>{GERMAN}</p>", subtype="html")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="Rechnung.pdf")
    put("mail.eml", bytes(mail), "eml", "Rechnung.pdf")
    put("mail", bytes(mail), "eml", "Subject: Die Mühle")
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(3000))
    put("nested.eml", f"From: a@b\nSubject: nested\n{nested}\nx", "eml", "nested")


def hostile_zips():
    word = zipfile.ZipFile(path("de.docx"))

    def again(name, replaced=(), method=zipfile.ZIP_DEFLATED, spelled=lambda n: n, more=()):
        with zipfile.ZipFile(path(name), "w", method) as archive:
            for entry in word.infolist():
                archive.writestr(spelled(entry.filename), dict(replaced).get(entry.filename, word.read(entry)))
            for part, data in more:
                archive.writestr(part, data)

    def body(inner):
        space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        return f'<w:document xmlns:w="{space}"><w:body>{inner}</w:body></w:document>'

    main = "word/document.xml"
    again("bomb.docx", [(main, body("<w:p><w:r><w:t>" + "A" * (80 << 20) + "</w:t></w:r></w:p>"))])
    said("bomb.docx", "!too_large")
    again("unread-bomb.docx", more=[(f"word/media/{i}.bin", bytes(50 << 20)) for i in range(3)])
    said("unread-bomb.docx", "docx", GERMAN)
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(9))
    again("entities.docx", [(main, f"<!DOCTYPE x [{entities}]>" + body("<w:p><w:r><w:t>&l8;</w:t></w:r></w:p>"))])
    said("entities.docx", "!corrupt")
    again("doctype.docx", [(main, '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + body(""))])
    said("doctype.docx", "!corrupt")
    again("deep.docx", [(main, body("<w:p>" * 10_000 + "</w:p>" * 10_000))])
    said("deep.docx", "!corrupt")
    again("backslash.docx", spelled=lambda n: n.replace("/", "\\"))
    said("backslash.docx", "docx", GERMAN)
    again("many.docx", more=[(f"x{i}", b"") for i in range(11_000)])
    said("many.docx", "!too_large")
    whole = (folder / "de.docx").read_bytes()
    put("cut.docx", whole[:-200], "!corrupt")
    put("docx-named.txt", whole, "docx", GERMAN)
    put("garbage.docx", b"PK\3\4" + zlib.compress(bytes(5000)) * 20, "!corrupt")
    flipped = bytearray(whole)
    entry = word.getinfo(main)
    flipped[entry.header_offset + 30 + len(main) + entry.compress_size // 2] ^= 0xFF
    put("flipped.docx", bytes(flipped), "!corrupt")
    with zipfile.ZipFile(path("plain.zip"), "w") as archive:
        archive.writestr("a.txt", "hello")
    said("plain.zip", "!unsupported_type")
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4000)
    put("old.doc", ole + "WordDocument".encode("utf-16-le") + bytes(500), "!unsupported_type")
    put("locked.docx", ole + "EncryptedPackage".encode("utf-16-le") + bytes(500), "!encrypted")


office()
open_document()
books()
pdfs()
texts()
markup()
hostile_zips()
