"""Text in many encodings, odd text, HTML, RTF and mail for the second corpus."""
import base64
import email.header
import email.message
import email.mime.multipart
import email.mime.text
import email.policy
import json
import pathlib
import quopri
import random
import struct
import unicodedata

from common import TEXTS, put

# MARK: Text in every encoding


def encodings():
    table = {
        "windows-1252": ["de", "fr", "es", "pt", "it", "nl", "sv", "da", "fi"], "iso-8859-1": ["de", "fr", "es"],
        "iso-8859-15": ["fi", "fr"], "windows-1250": ["pl", "cs", "hu"], "iso-8859-2": ["pl", "cs", "hu"],
        "windows-1251": ["ru", "uk", "bg"], "koi8-r": ["ru"], "koi8-u": ["uk"], "iso-8859-5": ["ru", "bg"], "cp866": ["ru"],
        "windows-1253": ["el"], "iso-8859-7": ["el"], "windows-1254": ["tr"], "iso-8859-9": ["tr"],
        "windows-1255": ["he"], "iso-8859-8": ["he"], "windows-1256": ["ar"], "iso-8859-6": ["ar"], "cp874": ["th"],
        "windows-1258": ["vi"], "shift_jis": ["ja"], "euc_jp": ["ja"], "iso2022_jp": ["ja"], "gbk": ["zh"],
        "gb18030": ["zh", "zh-Hant"], "gb2312": ["zh"], "big5": ["zh-Hant"], "euc_kr": ["ko"], "iso2022_kr": ["ko"],
    }
    for name, tags in table.items():
        for tag in tags:
            text = (TEXTS[tag] + "\n") * 4
            if name == "windows-1258":  # its letters carry their tones behind them
                text = "".join(unicodedata.normalize("NFD", c) if not safe(c, name) else c for c in text)
            if name == "iso-8859-8" or name == "iso-8859-6":
                text = text.replace("\u200c", "")
            try:
                data = text.encode(name)
            except UnicodeEncodeError:
                data = windows1258(text) if name == "windows-1258" else None
            if data is None:
                continue
            put(f"enc-{tag}-{name}.txt", data, "txt", has=TEXTS[tag], language=tag, charset=name)
            # What the sender declares is believed.
            put(f"dec-{tag}-{name}.txt", data, "txt", has=TEXTS[tag], language=tag, arguments=["--charset", name.replace("_", "-")])
    for tag in TEXTS:
        text = (TEXTS[tag] + "\n") * 3
        put(f"u8-{tag}.txt", text, "txt", has=TEXTS[tag], language=tag, encoding="UTF-8")
        put(f"u8bom-{tag}.txt", b"\xef\xbb\xbf" + text.encode(), "txt", has=TEXTS[tag], language=tag, encoding="UTF-8")
        for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            label = name.upper().replace("-LE", "LE").replace("-BE", "BE")
            put(f"{name}-{tag}", text.encode(name), "txt", has=TEXTS[tag], language=tag, encoding=label)
            put(f"{name}-bom-{tag}", ("\ufeff" + text).encode(name), "txt", has=TEXTS[tag], language=tag, encoding=label)


def safe(character, encoding):
    try:
        character.encode(encoding)
        return True
    except UnicodeEncodeError:
        return False


def windows1258(text):
    """Letters with circumflex, breve or horn are whole, and the tone stands behind them."""
    result = b""
    for character in unicodedata.normalize("NFC", text):
        if safe(character, "cp1258"):
            result += character.encode("cp1258")
            continue
        parts = unicodedata.normalize("NFD", character)
        tone = [p for p in parts if p in "\u0300\u0301\u0303\u0309\u0323"]
        rest = unicodedata.normalize("NFC", "".join(p for p in parts if p not in tone))
        result += rest.encode("cp1258") + "".join(tone).encode("cp1258")
    return result


# MARK: Text that is odd


def odd_text():
    de, ru, ja = TEXTS["de"], TEXTS["ru"], TEXTS["ja"]
    put("one-byte", b"x", "txt", has="x", language="und")
    put("one-nul", b"\0", reason="unsupported_type")
    put("one-high", b"\xe9", "txt", has="é")
    put("last-high.txt", "In der Nähe steht ein Café".encode("cp1252"), "txt", has="Café")
    put("only-last-high.txt", b"A small caf\xe9", "txt", has="café")
    put("one-newline.txt", b"\n", reason="empty")
    put("spaces.md", b"  \t \r\n" * 5000, reason="empty")
    put("nbsp.txt", "\u00a0\u2003\u3000\u200b\ufeff\n".encode() * 100, reason="empty")
    put("bom-only.txt", b"\xef\xbb\xbf", reason="empty")
    put("bom16-only.txt", b"\xff\xfe", reason="empty")
    put("bom16-spaces.txt", ("\ufeff" + " \n" * 30).encode("utf-16-le"), reason="empty")
    put("garbage.bin", random.Random(1).randbytes(50_000), reason="unsupported_type")
    put("garbage.txt", random.Random(2).randbytes(50_000), reason="unsupported_type")
    put("garbage", random.Random(3).randbytes(700), reason="unsupported_type")
    put("garbage.pdf", random.Random(4).randbytes(5000), reason="unsupported_type")
    put("garbage.docx", random.Random(5).randbytes(5000), reason="unsupported_type")
    put("gzip.txt", __import__("gzip").compress(de.encode() * 50), reason="unsupported_type")
    put("elf.txt", pathlib.Path("/bin/true").read_bytes(), reason="unsupported_type")
    put("elf", pathlib.Path("/bin/true").read_bytes(), reason="unsupported_type")
    put("long-line.txt", (de + " ") * 100_000, "txt", has=de, language="de")
    put("no-space.txt", "x" * 3_000_000, "txt", has="x" * 50)
    put("mixed-latin.txt", (de * 30).encode() + "Müßiggang".encode("latin-1") + (de * 30).encode(), "txt", has=de)
    put("mixed-newlines.txt", "eins\rzwei\r\ndrei\n" * 10, "txt", has="drei")
    put("old-mac.txt", (de.replace(",", ",\r") + "\r").encode("mac_roman") * 20, "txt")
    put("nul-in-text.txt", (de + "\0" + de).encode() * 10, reason="unsupported_type")
    put("form-feeds.txt", (de + "\n\f\n") * 4, "txt", has=de, language="de")
    put("escape-colours.log", "\x1b[31mError\x1b[0m: " + TEXTS["en"] + "\n", "txt", has=TEXTS["en"], language="en")
    put("backspace.txt", "N\bNA\bAM\bME\bE\n" + TEXTS["en"], "txt", has=TEXTS["en"])
    put("emoji.txt", "🚢⚓️🌊 " * 20 + TEXTS["en"], "txt", has="🚢", encoding="UTF-8")
    put("cut-utf8.txt", (ja * 5).encode()[:-1], "txt", has=ja, language="ja", encoding="UTF-8")
    put("cut-utf16.txt", ("\ufeff" + ru * 5).encode("utf-16-le")[:-1], "txt", has=ru, language="ru", encoding="UTF-16LE")
    put("big-endian-crlf.txt", (ru + "\r\n").encode("utf-16-be") * 5, "txt", has=ru, encoding="UTF-16BE")
    put("cesu.txt", b"plain \xed\xa0\xbd\xed\xba\xa2 text, " + TEXTS["en"].encode() * 5, "txt", has=TEXTS["en"])
    put("two-languages.txt", TEXTS["en"] * 3 + "\n\n" + TEXTS["ru"] * 3, "txt", has=[TEXTS["ru"]], languages=["en", "ru"])
    put("numbers.csv", "".join(f"{i};{i * i};{i / 3:.4f}\n" for i in range(1000)), "csv", has="999;998001", language="und")
    put("semicolon.csv", "Straße;Ort;Höhe\nHafenstraße;Kiel;3,5\n".encode("cp1252"), "csv", has="Hafenstraße;Kiel")
    put("tab.tsv", "Имя\tГород\nИван\tМосква\n", "csv", has="Иван\tМосква")
    put("pipe.csv", "a|b|c\n1|2|3\n", "csv", has="1|2|3")
    put("excel.csv", "\ufeffName\tОт\nИван\t3\n".encode("utf-16-le"), "csv", has="Иван\t3", encoding="UTF-16LE")
    put("lines.jsonl", '{"a": "ä"}\n{"b": [1, 2]}\n', "json", has='{"b": [1, 2]}')
    put("deep.json", "[" * 200_000 + "]" * 200_000, "json", has="[[[[")
    put("broken.json", '{"a": "' + TEXTS["en"], "json", has=TEXTS["en"])
    put("utf16.json", json.dumps({"a": ru}, ensure_ascii=False).encode("utf-16"), "json", has=ru)
    put("front.md", f"---\ntitle: Leuchtturm\nlang: de\n---\n\n# Leuchtturm\n\n{de}\n", "md", has="# Leuchtturm", language="de")
    put("mail-like.md", "Subject: x\nFrom: y\n\n# Liste\n", "md", has="# Liste")
    put("html-in.md", "# Liste\n\n<div>x</div>\n", "md", has="<div>x</div>")
    put("drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg"><text>Leuchtturm</text></svg>', "xml", has="<text>Leuchtturm")
    put("feed.rss", f'<?xml version="1.0"?><rss><channel><title>{ru}</title></channel></rss>', "xml", has=ru)
    put("koi.xml", f"<?xml version='1.0' encoding='KOI8-R'?><a>{ru}</a>".encode("koi8-r"), "xml", has=ru, encoding="KOI8-R")
    put("sjis.xml", f"<?xml version='1.0' encoding='Shift_JIS'?><a>{ja}</a>".encode("cp932"), "xml", has=ja, encoding="CP932")
    put("utf16.xml", f"<?xml version='1.0' encoding='UTF-16'?><a>{ja}</a>".encode("utf-16"), "xml", has=ja, encoding="UTF-16LE")
    put("laughs.xml", '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>', "xml", has="&b;")
    put("xxe.xml", '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>', "xml", lacks=["root:"])
    put("deep.xml", "<a>" * 300_000 + "deep", "xml", has="deep")
    for suffix, code in SOURCES.items():
        put(f"source.{suffix}", code, "txt", has=code.split("\n")[-2][:40], encoding="UTF-8")
    put("Makefile", "all:\n\tcc -o x x.c\n", "txt", has="cc -o x")
    put("script", "#!/bin/sh\necho ok\n", "txt", has="echo ok")
    put(".hidden", de, "txt", has=de)
    put("name with spaces & ü.txt", de, "txt", has=de)
    put("many.dots.in.name.", de, "txt", has=de)
    put("bash.1", BASH, "txt", has="GNU Bourne", language="en")


BASH = (
    r""".\" A page in the manner of those that everybody reads.
.TH BASH 1 "2022 September 19" "GNU Bash 5.2"
.ie \n(.g .ds ' \(aq
.SH NAME
bash \- GNU Bourne-Again SHell
.SH SYNOPSIS
.B bash
[options]
[command_string | file]
.SH DESCRIPTION
.B Bash
is an command language interpreter that executes commands read from the standard input or from a file.
.TP
.B \-c
If the
.B \-c
option is present, then commands are read from the first non-option argument
.IR command_string .
"""
)

SOURCES = {
    "c": '#include <stdio.h>\nint main(void) {\n  puts("Größe");\n}\n', "cpp": "#include <vector>\nstd::vector<int> v;\n",
    "h": "#pragma once\nextern int x;\n", "py": "import sys\nprint(sys.argv)\n", "rs": 'fn main() {\n    println!("x");\n}\n',
    "go": "package main\nfunc main() {}\n", "java": "class A {\n  int x;\n}\n", "js": "const a = 1;\nexport default a;\n",
    "ts": "type A = { b: number };\nlet x: A;\n", "rb": "class A\n  def b; end\nend\n", "pl": "#!/usr/bin/perl\nuse strict;\n",
    "php": "<?php\necho 'x';\n", "sh": "#!/bin/bash\nset -e\n", "sql": "SELECT *\nFROM lamps;\n", "swift": 'import Foundation\nprint("x")\n',
    "kt": 'fun main() {\n  println("x")\n}\n', "scala": "object A extends App {\n  val x = 1\n}\n", "hs": 'module Main where\nmain = print "x"\n',
    "lua": 'local x = 1\nprint(x)\n', "r": "x <- c(1, 2)\nprint(x)\n", "css": "body {\n  color: red;\n}\n", "tex": "\\documentclass{article}\n\\begin{document}\n",
    "yaml": "a:\n  - b\n", "toml": "[a]\nb = 1\n", "ini": "[a]\nb=1\n", "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n", "bat": "@echo off\ndir\n",
    "vue": "<template>\n<p>x</p></template>\n", "asm": "section .text\n  mov eax, 1\n", "m": "#import <Foundation/Foundation.h>\n@end\n",
    "rst": "Title\n=====\n", "po": 'msgid "a"\nmsgstr "b"\n', "srt": "1\n00:00:01,000 --> 00:00:02,000\nHello\n", "ics": "BEGIN:VCALENDAR\nEND:VCALENDAR\n",
    "vcf": "BEGIN:VCARD\nVERSION:3.0\nFN:Anna\nEND:VCARD\n",
}


# MARK: HTML


def html():
    de, ru, ja, ar = TEXTS["de"], TEXTS["ru"], TEXTS["ja"], TEXTS["ar"]
    for tag, text in TEXTS.items():
        put(f"page-{tag}.html", f'<!doctype html>\n<html lang="{tag}"><head><meta charset="utf-8"><title>{tag}</title></head><body><h1>{tag}</h1><p>{text}</p></body></html>',
            "html", has=text, language=tag, title=tag)
    put("meta-1251.html", f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head><p>{ru}'.encode("cp1251"), "html", has=ru, encoding="windows-1251")
    put("meta-lies.html", f'<html><head><meta charset="iso-8859-1"></head><p>{ja}', "html", has=ja, encoding="UTF-8")
    put("meta-lies-1252.html", f'<html><head><meta charset="utf-8"></head><p>{de}'.encode("cp1252"), "html", has=de, encoding="windows-1252")
    put("header-wins.html", f'<html><head><meta charset="utf-8"></head><p>{ru}'.encode("koi8-r"), "html", has=ru, encoding="KOI8-R", arguments=["--type", "text/html; charset=koi8-r"])
    put("bom-wins.html", b"\xff\xfe" + f'<html><head><meta charset="koi8-r"></head><p>{ru}'.encode("utf-16-le"), "html", has=ru, encoding="UTF-16LE")
    put("utf16-no-bom.html", f"<html><head><title>x</title></head><p>{ru}</p>".encode("utf-16-le"), "html", has=ru, encoding="UTF-16LE")
    put("no-doctype.html", f"<p>{de}<p>&uuml;ber &#228; &#x20AC; &amp; &lt;b&gt; &nbsp;|", "html", has=[de, "über ä € & <b>"])
    put("entities.html", "<html><body><p>" + "&hellip;&mdash;&rsquo;&sup2;&frac12;&Omega;&nbsp;x", "html", has="…—’²½Ω")
    put("hidden.html", f"<html><head><style>p{{}}</style><script>var x='<p>no</p>';</script></head><body><noscript>no</noscript><template>no</template><!-- no --><p>{ar}</p><svg><text>no</text></svg></body></html>", "html", has=ar, lacks=["no", "var"])
    put("table.html", "<html><table><tr><th>Ort<th>Höhe<tr><td>Kiel<td>3</table>", "html", has=["Ort\tHöhe", "Kiel\t3"])
    put("unclosed.html", f"<html><body><div><b><i><table><tr><td><p>{de}", "html", has=de)
    put("script-open.html", f"<html><p>{de}</p><script>var a = '", "html", has=de)
    put("deep.html", "<html>" + "<b><i>" * 400_000 + de, "html", has=de)
    put("deep-tables.html", "<html>" + "<table><tr><td>" * 100_000 + de, "html", has=de)
    put("deep-lists.html", "<html>" + "<ul><li>" * 200_000 + de, "html", has=de)
    put("deep-forms.html", "<html>" + "<form><p><font>" * 100_000 + de, "html", has=de)
    put("wide-attribute.html", f"<html><a href='{'x' * 5_000_000}'>{de}</a>", "html", has=de)
    put("data-uri.html", f"<html><img src='data:image/png;base64,{'A' * 12_000_000}'><p>{de}", "html", has=de)
    put("many-tags.html", "<html>" + f"<p>{de}</p>" * 20_000, "html", has=de)
    put("one-line.html", "<html><p>" + (de + " ") * 50_000, "html", has=de)
    put("entity-bomb.html", f"<!DOCTYPE html [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><html><p>&b;{de}", "html", has=de)
    put("nul.html", f"<html>\0<p>{de[:40]}\0{de[40:]}</p>", reason="unsupported_type")
    put("cdata.xhtml", f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><p>{de}</p><script><![CDATA[ no ]]></script></body></html>', "html", has=de, lacks=["no"])
    put("page-named.txt", f"<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>\n<HTML><P>{de}", "html", has=de, rule="html-start")
    put("fragment.txt", f"<p>{de}</p>", "txt", has="<p>")
    put("php-page.php", f"<?php echo 1; ?>\n<html><p>{de}", None)
    put("frames.html", f"<html><frameset><frame src=x></frameset><noframes>no</noframes><body><p>{de}", "html", has=de)
    put("select.html", f"<html><select><option>eins<option>zwei</select><textarea>drei</textarea><p>{de}", "html", has=["eins", "zwei", "drei"])
    put("alt.html", f'<html><img alt="Ein Turm"><p>{de}', "html", has=de)
    put("ruby.html", "<html><p><ruby>灯台<rp>(</rp><rt>とうだい</rt><rp>)</rp></ruby>" + ja, "html", has=ja)
    put("saved.mht", b"From: <Saved>\r\nSubject: page\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=X\r\n\r\n--X\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><p>gr=C3=BC=C3=9Fe</p></html>\r\n--X--\r\n", "eml", has="grüße")


# MARK: RTF


def rtf():
    de, ru, ja = TEXTS["de"], TEXTS["ru"], TEXTS["ja"]

    def unicode(text):
        units = struct.unpack(f"<{len(text.encode('utf-16-le')) // 2}h", text.encode("utf-16-le"))
        return "".join(chr(u) if 32 <= u < 127 and chr(u) not in "\\{}" else f"\\u{u}?" for u in units)

    def hexed(data):
        return "".join(chr(b) if 32 <= b < 127 and chr(b) not in "\\{}" else f"\\'{b:02x}" for b in data)

    pages = {"cp1250": (1250, 238, "pl"), "cp1251": (1251, 204, "ru"), "cp1252": (1252, 0, "de"), "cp1253": (1253, 161, "el"), "cp1254": (1254, 162, "tr"),
             "cp1255": (1255, 177, "he"), "cp1256": (1256, 178, "ar"), "cp874": (874, 222, "th"), "cp932": (932, 128, "ja"), "gbk": (936, 134, "zh"), "cp949": (949, 129, "ko"), "big5": (950, 136, "zh-Hant")}
    for codec, (page, charset, tag) in pages.items():
        body = hexed(TEXTS[tag].encode(codec))
        put(f"page-{codec}.rtf", f"{{\\rtf1\\ansi\\ansicpg{page}\\deff0{{\\fonttbl{{\\f0\\fnil X;}}}}\\f0 {body}\\par}}", "rtf", has=TEXTS[tag], language=tag)
        put(f"font-{codec}.rtf", f"{{\\rtf1\\ansi\\ansicpg1252\\deff0{{\\fonttbl{{\\f0\\fnil\\fcharset0 A;}}{{\\f1\\fnil\\fcharset{charset} B;}}}}\\pard\\f0 plain {{\\f1 {body}}}\\par}}", "rtf", has=TEXTS[tag], language=tag)
    for tag, text in TEXTS.items():
        put(f"unicode-{tag}.rtf", "{\\rtf1\\ansi\\uc1{\\info{\\title " + unicode(tag) + "}{\\author Anna}}\\pard " + unicode(text) + "\\par}", "rtf", has=text, language=tag, title=tag)
    put("bin.rtf", b"{\\rtf1 before {\\pict\\bin20 " + b"}{\\x" * 5 + b"} after\\par}", "rtf", has="before after", lacks=["x"])
    put("bin-lies.rtf", b"{\\rtf1 before {\\pict\\bin999999999 abc} after}", None, reason="corrupt")
    put("bin-negative.rtf", b"{\\rtf1 before {\\pict\\bin-5 abc} after}", "rtf", has="after")
    put("deep-closed.rtf", "{\\rtf1 " + "{\\b " * 50_000 + "core" + "}" * 50_000 + "}", "rtf", has="core")
    put("deep-too.rtf", "{\\rtf1 " + "{" * 2_000_000 + "core" + "}" * 2_000_000 + "}", None, reason="corrupt")
    put("controls.rtf", "{\\rtf1\\pard eins\\tab zwei\\line drei\\emdash vier\\~f\\'fcnf\\par\\pard sechs\\page sieben\\par}", "rtf", has=["eins\tzwei", "drei—vier fünf", "sieben"])
    put("table.rtf", "{\\rtf1\\trowd\\cellx1000\\cellx2000\\intbl Ort\\cell H\\'f6he\\cell\\row\\trowd\\intbl Kiel\\cell 3\\cell\\row}", "rtf", has=["Ort\tHöhe", "Kiel\t3"])
    put("hidden.rtf", "{\\rtf1 seen {\\v no} {\\*\\unknown no} {\\deleted no} {\\colortbl no;} end\\par}", "rtf", has="seen", lacks=["no"])
    put("field.rtf", '{\\rtf1 {\\field{\\*\\fldinst HYPERLINK "http://no"}{\\fldrslt link}} {\\footnote note} {\\header top}end}', "rtf", has=["link", "note"], lacks=["HYPERLINK"])
    put("surrogates.rtf", "{\\rtf1\\uc1 \\u-10179?\\u-8694? " + de.encode("ascii", "ignore").decode() + "}", "rtf", has="\U0001f60a")
    put("uc0.rtf", "{\\rtf1\\uc0 " + "".join(f"\\u{ord(c)} " if ord(c) > 127 else c for c in ru) + "}", "rtf", has=ru)
    put("lone-surrogate.rtf", "{\\rtf1 \\u-10179? text\\u-8694? more}", "rtf", has="more")
    put("huge-numbers.rtf", "{\\rtf1\\u99999999999999999999? \\fs-99999999999999999999 \\uc999999999 x\\'zz y}", "rtf")
    put("rtf-after-space.rtf", "\r\n {\\rtf1 late}", "rtf", has="late")
    put("rtf.txt", "{\\rtf1 named text}", "rtf", has="named text", lacks=["rtf1"], rule="signature")
    put("rtf-cut.rtf", ("{\\rtf1 " + de.encode("ascii", "ignore").decode() * 10)[:-3], None, reason="corrupt")
    put("mac.rtf", "{\\rtf1\\mac\\deff0{\\fonttbl{\\f0 G;}} " + hexed(de.encode("mac_roman")) + "}", "rtf", has=de)
    put("upr.rtf", "{\\rtf1{\\upr{no}{\\*\\ud yes}} end}", "rtf", has="yes", lacks=["no"])


# MARK: Mail


def mail():
    de, ru, ja = TEXTS["de"], TEXTS["ru"], TEXTS["ja"]
    for tag, charset in (("de", "iso-8859-1"), ("ru", "koi8-r"), ("ja", "iso-2022-jp"), ("zh", "gb2312"), ("ko", "euc-kr"), ("el", "iso-8859-7"), ("ar", "utf-8"), ("zh-Hant", "big5"), ("pl", "iso-8859-2"), ("tr", "iso-8859-9"), ("he", "iso-8859-8"), ("th", "utf-8")):
        for encoding in ("base64", "quoted-printable"):
            message = email.message.Message()
            message["From"] = f"{email.header.Header('Änne', 'utf-8').encode()} <a@example.org>"
            message["To"] = "b@example.org"
            message["Date"] = "Tue, 24 Nov 2026 10:00:00 +0100"
            message["Subject"] = email.header.Header(TEXTS[tag][:16].strip(), "utf-8").encode()
            data = TEXTS[tag].encode(charset)
            message["MIME-Version"] = "1.0"
            message["Content-Type"] = f'text/plain; charset="{charset}"'
            message["Content-Transfer-Encoding"] = encoding
            message.set_payload(base64.encodebytes(data).decode() if encoding == "base64" else quopri.encodestring(data).decode("ascii"))
            put(f"mail-{tag}-{encoding}.eml", message.as_bytes(), "eml", has=[TEXTS[tag], "Subject: " + TEXTS[tag][:16].strip(), "Änne"], language=tag, title=TEXTS[tag][:16].strip())
    raw = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: eight bits\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n"
    put("raw-utf8.eml", raw + b"\r\n" + ru.encode(), "eml", has=ru, language="ru")
    put("raw-1251.eml", raw + b"Content-Type: text/plain; charset=windows-1251\r\n\r\n" + ru.encode("cp1251"), "eml", has=ru)
    put("raw-1252-undeclared.eml", raw + b"\r\n" + (de * 3).encode("cp1252"), "eml", has=de)
    put("raw-subject.eml", b"From: a@b.example\r\nSubject: " + ru.encode()[:60] + b"\r\n\r\nbody\r\n", "eml", has=ru[:30])
    put("charset-unknown.eml", raw + b"Content-Type: text/plain; charset=x-nobody-knows\r\n\r\n" + TEXTS["en"].encode(), "eml", has=TEXTS["en"])
    put("flowed.eml", raw + b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\nsoft \r\nbreak\r\n-- \r\nsig\r\n", "eml", has="break")
    put("no-body.eml", raw + b"\r\n", "eml", has="eight bits")
    put("headers-only.eml", raw, "eml", has="eight bits")
    put("folded.eml", b"Received: from x\r\n\tby y\r\nFrom: a@b.example\r\nSubject: =?utf-8?q?eins?=\r\n =?utf-8?q?_zwei?=\r\n\r\nbody", "eml", has="Subject: eins zwei")
    put("split-b.eml", b"From: a@b.example\r\nSubject: =?iso-2022-jp?B?" + base64.b64encode("灯台守の手帳".encode("iso2022_jp")) + b"?=\r\n\r\nbody", "eml", has="灯台守の手帳")
    root = email.mime.multipart.MIMEMultipart("alternative")
    root["From"], root["Subject"] = "a@b.example", "two ways"
    root.attach(email.mime.text.MIMEText(de, "plain", "utf-8"))
    root.attach(email.mime.text.MIMEText(f"<p>{de} HTML-only</p>", "html", "utf-8"))
    put("alternative.eml", root.as_bytes(), "eml", has=de, lacks=["HTML-only"])
    only = email.mime.text.MIMEText(f"<html><body><p>{ru}</p><script>no</script></body></html>", "html", "koi8-r")
    only["From"], only["Subject"] = "a@b.example", "html only"
    put("html-only.eml", only.as_bytes(), "eml", has=ru, lacks=["<p>", "script"])
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["Subject"] = "a@b.example", "attached"
    message.set_content(de)
    message.add_attachment("inhalt".encode(), maintype="application", subtype="octet-stream", filename="Übersicht für März.bin")
    message.add_attachment("log text", filename="log.txt")
    put("attached.eml", bytes(message), "eml", has=[de, "Übersicht für März.bin", "log.txt"])
    inner = email.message.EmailMessage()
    inner["From"], inner["Subject"] = "x@y.example", "the inner mail"
    inner.set_content(ru, charset="utf-8")
    outer = email.message.EmailMessage()
    outer["From"], outer["Subject"] = "a@b.example", "forwarded"
    outer.set_content("see below")
    outer.add_attachment(inner)
    put("forwarded.eml", bytes(outer), "eml", has=["see below", "the inner mail"])
    nested = b"innermost"
    for depth in range(100):
        nested = f"Content-Type: multipart/mixed; boundary=\"b{depth}\"\r\n\r\n--b{depth}\r\n".encode() + (b"" if depth else b"Content-Type: text/plain\r\n\r\n") + nested + f"\r\n--b{depth}--\r\n".encode()
    put("nested-100.eml", b"From: a@b.example\r\nSubject: deep\r\nMIME-Version: 1.0\r\n" + nested, "eml", has="innermost")
    put("many-parts.eml", raw + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\npart\r\n" * 50_000 + b"--b--\r\n", "eml", has="part")
    put("no-end.eml", raw + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + TEXTS["en"].encode(), "eml", has=TEXTS["en"])
    put("bad-base64.eml", raw + b"Content-Transfer-Encoding: base64\r\n\r\n!!!!" + base64.b64encode(TEXTS["en"].encode()) + b"@@@", "eml")
    put("many-headers.eml", b"".join(b"X-%d: y\r\n" % i for i in range(100_000)) + raw + b"\r\n" + TEXTS["en"].encode(), "eml", has=TEXTS["en"])
    put("long-header.eml", b"Subject: " + b"x" * 3_000_000 + b"\r\nFrom: a@b.example\r\n\r\nbody", "eml", has="body")
    put("mailbox.mbox", b"From a@b.example Tue Nov 24 10:00:00 2026\n" + raw.replace(b"\r\n", b"\n") + b"\nfirst body\n\nFrom c@d.example Tue Nov 24 10:00:00 2026\nSubject: second\nFrom: c@d.example\n\nsecond body\n", "eml", has="first body")
    put("mail-no-name", raw + b"\r\n" + de.encode(), "eml", has=de, rule="mail-headers")
