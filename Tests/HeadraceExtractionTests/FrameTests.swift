import HeadraceExtraction
import HeadraceExtractionFormats
import Testing

@Suite("Frames between helper and extractor")
struct FrameTests {
  @Test("Breaks are made when text follows; marks stand before their text")
  func sink() {
    let content = written { sink in
      sink.paragraphBreak()
      sink.begin(.section, 1, label: "a\nb")
      sink.write("one")
      sink.lineBreak()
      sink.paragraphBreak()
      sink.space()
      sink.begin(.section, 2)
      sink.begin(.slide, 1)
      sink.end(.slide)
      sink.flow("  two \n words ")
      sink.tab()
      sink.tab()
      sink.write("ä")
      sink.paragraphBreak()
      sink.fact("title", "  ")
    }
    #expect(String(decoding: content.text, as: UTF8.self) == "one\n\ntwo words\t\tä")
    #expect(
      content.positions == [
        TextPosition(kind: .section, number: 1, label: "a b", start: 0, end: 3),
        TextPosition(kind: .section, number: 2, start: 5, end: 17),
      ])
    #expect(content.scalars == 17 && content.metadata.isEmpty && content.isDone)
  }

  @Test("In pieces of any size", arguments: [1, 3, 7, 4096])
  func pieces(_ size: Int) {
    var bytes: [UInt8] = []
    let sink = TextSink { bytes += $0 }
    for number in 0..<100 {
      sink.begin(.page, number + 1)
      sink.write("page \(number)")
      sink.lineBreak()
    }
    sink.finish()
    var decoder = FrameDecoder(maximumText: 1 << 20)
    var position = 0
    while position < bytes.count {
      let end = min(position + size, bytes.count)
      let goesOn = bytes[position..<end].withUnsafeBytes { decoder.feed($0) }
      #expect(goesOn)
      position = end
    }
    decoder.finish()
    #expect(decoder.content.positions.count == 100 && decoder.content.isDone)
  }

  @Test("What is no frame, or too much, ends it")
  func hostile() {
    var broken = FrameDecoder(maximumText: 100)
    var goesOn = Array("hello world".utf8).withUnsafeBytes { broken.feed($0) }
    #expect(!goesOn && broken.isBroken)
    var long = FrameDecoder(maximumText: 100)
    goesOn = ([0x74, 0xff, 0xff, 0xff, 0x7f] as [UInt8]).withUnsafeBytes { long.feed($0) }
    #expect(!goesOn && long.isBroken)
    var much = FrameDecoder(maximumText: 3)
    goesOn = ([0x74, 4, 0, 0, 0] + Array("abcd".utf8) as [UInt8]).withUnsafeBytes { much.feed($0) }
    #expect(!goesOn && much.isTooLarge)
    var random = Random(seed: 3)
    for _ in 0..<2000 {
      var decoder = FrameDecoder(maximumText: 1000)
      let bytes = (0..<random.below(64)).map { _ in
        [0x74, 0x62, 0x78, 0x6d, 0x66, 0x65, 0, 1, 2, 9][random.below(10)] as UInt8
      }
      _ = bytes.withUnsafeBytes { decoder.feed($0) }
      decoder.finish()
    }
  }

  private func written(_ body: (TextSink) -> Void) -> FrameDecoder.Content {
    var decoder = FrameDecoder(maximumText: 1 << 20)
    let sink = TextSink { _ = decoder.feed($0) }
    body(sink)
    sink.finish()
    decoder.finish()
    return decoder.content
  }
}
