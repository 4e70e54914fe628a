import HeadraceExtraction
import Testing

@Suite("Zip files: nothing in them is believed", .timeLimit(.minutes(1)))
struct ZipTests {
  @Test("Names with backslashes, other case, slashes at the start")
  func names() throws {
    var zip = ZipBuilder()
    zip.add("word\\document.xml", "a")
    zip.add("/xl/SharedStrings.xml", "b")
    zip.add("./c.xml", "c")
    var reader = try open(zip.file())
    do {
      let part = try reader.part("word/document.xml")
      #expect(part == Array("a".utf8))
    }
    do {
      let part = try reader.part("xl/sharedStrings.xml")
      #expect(part == Array("b".utf8))
    }
    do {
      let part = try reader.part("c.xml")
      #expect(part == Array("c".utf8))
    }
    do {
      let part = try reader.part("d.xml")
      #expect(part == nil)
    }
  }

  @Test("Offsets are right behind junk and before a comment")
  func prefixAndComment() throws {
    var zip = ZipBuilder()
    zip.add("a", "hello")
    var file = zip.file(prefix: Array("junk before the first entry".utf8))
    file[file.count - 2] = 4
    file += Array("PK\u{5}\u{6}".utf8)
    var reader = try open(file)
    do {
      let part = try reader.part("a")
      #expect(part == Array("hello".utf8))
    }
  }

  @Test("What is inflated is counted, whatever the directory claims")
  func bombs() throws {
    var zip = ZipBuilder()
    zip.addBomb("bomb", prefix: "", byte: 0x41, count: 10 << 20, suffix: "")
    var reader = try ZipReader(zip.file(), maximumBytes: 4 << 20, maximumPartBytes: 2 << 20, maximumEntries: 10)
    #expect(throws: ZipFault.tooLarge("bomb holds more than 2 MiB")) { try reader.part("bomb") }
    zip.add("a", [UInt8](repeating: 1, count: 1 << 20))
    var small = try ZipReader(zip.file(), maximumBytes: 3 << 19, maximumPartBytes: 2 << 20, maximumEntries: 10)
    _ = try small.part("a")
    #expect(throws: ZipFault.self) { try small.part("a") }
  }

  @Test("Faults")
  func faults() throws {
    var zip = ZipBuilder()
    zip.add("a", "hello")
    zip.add("locked", Array("x".utf8), flags: 1)
    let file = zip.file()
    #expect(throws: ZipFault.noDirectory) { try open(Array(file.dropLast(10))) }
    #expect(throws: ZipFault.noDirectory) { try open([]) }
    #expect(throws: ZipFault.tooManyEntries(2)) {
      try ZipDirectory(of: file, maximumEntries: 1)
    }
    var reader = try open(file)
    #expect(throws: ZipFault.encrypted) { try reader.part("locked") }
    var flipped = file
    flipped[31] ^= 0xff
    var damaged = try open(flipped)
    #expect(throws: ZipFault.damaged("a fails its checksum")) { try damaged.part("a") }
  }

  private func open(_ file: [UInt8]) throws -> ZipReader<[UInt8]> {
    try ZipReader(file, maximumBytes: 1 << 20, maximumPartBytes: 1 << 20, maximumEntries: 100)
  }
}
