"""Takes prose out of the files of Debian packages: one paragraph a line, one file a language.

    prose.py FILES LANGUAGES

HTML by Python's own parser, man pages by taking the macros away. Paragraphs that a translation has left in English, or that
are mostly commands, are dropped, since nobody could tell their language.
"""
import gzip
import html.parser
import pathlib
import re
import sys

GUIDE = "usr/share/doc/installation-guide-amd64"
TAGS = {"zh_CN": "zh", "pt_BR": "pt"}
MAN = ["fi", "hu", "mk", "nb", "pl", "sr", "tr", "uk", "pt_BR"]


class Paragraphs(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found, self.text, self.depth, self.skip = [], [], 0, 0

    def handle_starttag(self, tag, attributes):
        if tag == "p":
            self.depth, self.text = 1, []
        elif tag in ("pre", "code", "script", "style"):
            self.skip += 1

    def handle_endtag(self, tag):
        if tag == "p" and self.depth:
            self.found.append(" ".join("".join(self.text).split()))
            self.depth = 0
        elif tag in ("pre", "code", "script", "style"):
            self.skip = max(0, self.skip - 1)

    def handle_data(self, data):
        if self.depth and not self.skip:
            self.text.append(data)


def of_html(path):
    parser = Paragraphs()
    parser.feed(path.read_bytes().decode("utf-8", "replace"))
    return parser.found


def of_man(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as file:
        text = file.read()
    paragraphs, lines = [], []
    for line in text.split("\n"):
        if line.startswith((".", "'")) or not line.strip():
            paragraphs.append(" ".join(lines))
            lines = []
            continue
        line = re.sub(r"\\f(\[[^]]*\]|.)", "", line)
        line = re.sub(r"\\\(..|\\\[[^]]*\]|\\[&|^%:/,c]", "", line).replace("\\-", "-").replace("\\ ", " ").replace("\\e", "\\")
        lines.append(line)
    return paragraphs + [" ".join(lines)]


# Scripts of their own: a paragraph is in the language when most of its letters are.
SCRIPTS = {"el": "\u0370-\u03ff\u1f00-\u1fff", "ru": "\u0400-\u04ff", "uk": "\u0400-\u04ff", "mk": "\u0400-\u04ff",
           "sr": "\u0400-\u04ff", "ja": "\u3040-\u30ff\u4e00-\u9fff", "ko": "\uac00-\ud7af", "zh": "\u4e00-\u9fff",
           "zh-Hant": "\u4e00-\u9fff"}
ENGLISH = re.compile(r"\b(the|of|and|is|to|that|this|for|are|with|be|not|or|it)\b", re.I)


def is_prose(tag, text, english):
    letters = sum(c.isalpha() for c in text)
    if text in english or letters * 10 < len(text) * 7 or letters < (25 if tag in ("ja", "ko", "zh", "zh-Hant") else 60):
        return False
    if tag in SCRIPTS:
        return len(re.findall(f"[{SCRIPTS[tag]}]", text)) * 10 >= letters * 6
    words = len(text.split())
    return tag == "en" or len(ENGLISH.findall(text)) * 12 < words


def main(files, target):
    files, target = pathlib.Path(files), pathlib.Path(target)
    target.mkdir(parents=True, exist_ok=True)
    english = set()
    for path in (files / GUIDE / "en").glob("*.html"):
        english.update(of_html(path))
    found = {"en": sorted(english)}
    for folder in sorted((files / GUIDE).iterdir()):
        if folder.is_dir() and folder.name != "en":
            tag = TAGS.get(folder.name, folder.name)
            for path in sorted(folder.glob("*.html")):
                found.setdefault(tag, []).extend(of_html(path))
    for path in sorted((files / "usr/share/debian-reference").glob("*.zh-tw.html")):
        found.setdefault("zh-Hant", []).extend(of_html(path))
    for name in MAN:
        tag = TAGS.get(name, name)
        for path in sorted((files / "usr/share/man" / name).rglob("*.gz")):
            found.setdefault(tag, []).extend(of_man(path))
    for tag, paragraphs in sorted(found.items()):
        kept = list(dict.fromkeys(p for p in paragraphs if is_prose(tag, p, english if tag != "en" else ())))
        if sum(map(len, kept)) < 20_000:
            print(f"{tag}: too little ({sum(map(len, kept))} characters), left out")
            (target / f"{tag}.txt").unlink(missing_ok=True)
            continue
        (target / f"{tag}.txt").write_text("\n".join(kept) + "\n", encoding="utf-8")
        print(f"{tag}: {len(kept)} paragraphs, {sum(map(len, kept))} characters")


main(*sys.argv[1:3])
