import HeadraceExtraction
import Testing

@Suite("RTF into text", .timeLimit(.minutes(1)))
struct RichTextTests {
  @Test(
    "Groups, breaks, characters",
    arguments: [
      (#"{\rtf1 plain}"#, "plain"),
      (#"{\rtf1 a\par b\line c\tab d}"#, "a\nb\nc\td"),
      (#"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe \'80}"#, "Grüße €"),
      (#"{\rtf1\ansi\ansicpg1250 P\'f8\'edli\'9a}"#, "Příliš"),
      (#"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}"#, "Привет"),
      (#"{\rtf1\ansi\ansicpg932 \'93\'fa\'96\'7b\'8c\'ea}"#, "日本語"),
      (#"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fnil\fcharset128 M;}}\f1 \'93\'fa\f0  x}"#, "日 x"),
      (#"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset204 A;}}\f0\'cf\'f0}"#, "Пр"),
      (#"{\rtf1\mac \'8a}"#, "ä"),
      (#"{\rtf1\uc1\u26085?\u26412? \uc2\u-10179??\u-8704??\uc0\u233 x}"#, "日本 😀éx"),
      (#"{\rtf1\uc1 {\uc0\u233}\u233?x}"#, "ééx"),
      (#"{\rtf1 \u8364\'80 and}"#, "€ and"),
      (#"{\rtf1{\*\unknown hidden {deep}}{\stylesheet{\s1 Heading;}}{\colortbl;\red1;}{\pict 00ff}shown}"#, "shown"),
      (#"{\rtf1 a{\v hidden}b{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}}"#, "ab link"),
      (#"{\rtf1 {\upr{ansi}{\*\ud{unicode}}}}"#, "unicode"),
      (#"{\rtf1 \{braces\} and \\ \emdash\lquote x\rquote\~y\-z}"#, #"{braces} and \ —‘x’"# + "\u{a0}yz"),
      (#"{\rtf1 a\bin5 }{\}{b}"#, "ab"),
      (#"{\rtf1 a\cell b\cell\row c}"#, "a\tb\nc"),
      (#"{\rtf1{\trowd\intbl{\pard\intbl a\par}\cell{\pard\intbl b\par c\par}\cell\row}\pard d}"#, "a\tb\nc\nd"),
      (#"{\rtf1 a{\super\chftn}{\*\footnote\chftn\~\plain\pard note\par}b}"#, "a \u{a0}note\nb"),
      ("{\\rtf1 line\nbreaks\r\nare nothing}", "linebreaksare nothing"),
      (#"{\rtf1 a\'"# + "\n" + #"zz}"#, "azz"),
      (#"{\rtf1\f9999999999999 x\u99999999999999 ?y}"#, "xy"),
    ])
  func text(_ rtf: String, _ expected: String) {
    #expect(InProcess.text(Array(rtf.utf8), as: .rtf) == expected)
  }

  @Test("Title, author, date and code page")
  func facts() {
    let rtf = #"{\rtf1\ansi\ansicpg1250{\info{\title P\'f8\'edklad}{\author Jan}{\creatim\yr2020\mo5\dy6\hr7\min8}}x}"#
    let content = InProcess.read(Array(rtf.utf8), as: .rtf)
    #expect(
      content.metadata == [
        "title": "Příklad", "author": "Jan", "created": "2020-05-06T07:08:00", "encoding": "windows-1250",
      ])
  }

  @Test("Damage and depth")
  func damage() {
    #expect(InProcess.reason(Array(#"{\rtf1 cut short"#.utf8), as: .rtf) == "corrupt")
    #expect(InProcess.reason(Array(#"{\rtf1 {{}"#.utf8), as: .rtf) == "corrupt")
    let deep = "{\\rtf1 " + String(repeating: "{", count: 1_000_000)
    #expect(InProcess.reason(Array(deep.utf8), as: .rtf) == "corrupt")
  }
}
