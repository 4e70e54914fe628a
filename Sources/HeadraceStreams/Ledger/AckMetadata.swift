internal import FoundationEssentials

/// The text that travels with a committed offset: which records beyond it are done already.
///
/// Binary, then base64: magic `HA`, version, encoding, CRC-32C of all that follows it, nonce of the commit, base and
/// span as varints, and the smaller of a raw bitmap and run lengths. At most 4,096 characters by arithmetic: 3,072
/// bytes, of which at most 16 + 10 + 5 are the head; a raw bitmap of 24,000 bits takes 3,000; 600 undone offsets make
/// at most 600 pairs of runs, whose undone lengths take at most 600 bytes together (a length that needs two bytes
/// covers 128 offsets) and whose done lengths, below 2^24, at most 4 bytes each: 3,000.
package struct AckMetadata: Sendable, Hashable {
  /// What Kafka accepts: `offset.metadata.max.bytes`, by default 4,096 characters.
  package static let limit = 4_096
  static let magic: [UInt8] = [0x48, 0x41]
  static let version: UInt8 = 1

  /// The commit that wrote it: read back after a commit whose outcome is unknown.
  package let nonce: UInt64
  /// The ledger as it was.
  package let ledger: Ledger

  /// What a committed offset's metadata turned out to be.
  package enum Reading: Sendable, Hashable {
    /// No metadata: everything from the committed offset on is to be handled.
    case absent
    /// Ours, and it belongs to this offset.
    case valid(AckMetadata)
    /// Not to be believed, and why: processing starts at the committed offset.
    case ignored(String)
  }

  private enum Encoding: UInt8 { case bitmap = 1, runs = 2 }

  /// Writes a ledger's state.
  package static func encode(_ ledger: Ledger, nonce: UInt64) -> String {
    var body: [UInt8] = []
    body.reserveCapacity(64)
    withUnsafeBytes(of: nonce.littleEndian) { body.append(contentsOf: $0) }
    appendVarint(UInt64(ledger.base), to: &body)
    appendVarint(UInt64(ledger.span), to: &body)

    let bitmapSize = Int((ledger.span + 7) / 8)
    let bitmapFits = ledger.span <= Ledger.denseSpan
    var runs: [UInt8] = []
    var runsWin = true
    ledger.forEachRun { done, undone in
      // A last run of done offsets is what remains of the span.
      if undone == 0 { return false }
      appendVarint(UInt64(done), to: &runs)
      appendVarint(UInt64(undone), to: &runs)
      if bitmapFits, runs.count > bitmapSize {
        runsWin = false
        return false
      }
      return true
    }
    let encoding: Encoding = runsWin ? .runs : .bitmap
    if runsWin {
      body.append(contentsOf: runs)
    } else {
      body.reserveCapacity(body.count + bitmapSize)
      for index in 0..<bitmapSize { body.append(ledger.byte(from: ledger.base + Int64(index) * 8)) }
    }

    var all = magic + [version, encoding.rawValue]
    let sum = Checksum.crc32c(body, seed: Checksum.crc32c([version, encoding.rawValue]))
    withUnsafeBytes(of: sum.littleEndian) { all.append(contentsOf: $0) }
    all.append(contentsOf: body)
    let text = Data(all).base64EncodedString()
    precondition(text.utf8.count <= limit, "the admission rule keeps the metadata within its limit")
    return text
  }

  /// Reads metadata that was committed with an offset.
  package static func decode(_ text: String?, committedOffset: Int64) -> Reading {
    guard let text, !text.isEmpty else { return .absent }
    guard let data = Data(base64Encoded: text) else { return .ignored("not base64") }
    let bytes = [UInt8](data)
    guard bytes.count >= 16, Array(bytes[0..<2]) == magic else { return .ignored("foreign: another magic") }
    guard bytes[2] == version else { return .ignored("version \(bytes[2]) is unknown") }
    guard let encoding = Encoding(rawValue: bytes[3]) else { return .ignored("encoding \(bytes[3]) is unknown") }
    let body = Array(bytes[8...])
    let sum = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 + $1]) << UInt32(8 * $1) }
    guard sum == Checksum.crc32c(body, seed: Checksum.crc32c([version, bytes[3]])) else {
      return .ignored("corrupt: the checksum differs")
    }
    let nonce = (0..<8).reduce(UInt64(0)) { $0 | UInt64(body[$1]) << UInt64(8 * $1) }
    var reader = VarintReader(bytes: body, position: 8)
    guard let rawBase = reader.next(), let rawSpan = reader.next(), rawBase <= UInt64(Int64.max) >> 1,
      rawSpan <= UInt64(Ledger.longestSpan)
    else { return .ignored("corrupt: no base or span") }
    let base = Int64(rawBase)
    let top = base + Int64(rawSpan)
    guard base == committedOffset else {
      return .ignored("written for offset \(base), but \(committedOffset) is committed")
    }

    var done: [Range<Int64>] = []
    switch encoding {
    case .runs:
      var offset = base
      while let doneRun = reader.next(), let undoneRun = reader.next() {
        guard doneRun <= rawSpan, undoneRun <= rawSpan, undoneRun > 0,
          offset + Int64(doneRun) + Int64(undoneRun) <= top
        else { return .ignored("corrupt: a run beyond its span") }
        if doneRun > 0 { done.append(offset..<offset + Int64(doneRun)) }
        offset += Int64(doneRun) + Int64(undoneRun)
      }
      guard reader.isAtEnd else { return .ignored("corrupt: half a run") }
      if offset < top { done.append(offset..<top) }
    case .bitmap:
      guard body.count - reader.position == Int((rawSpan + 7) / 8) else { return .ignored("corrupt: bitmap length") }
      var start: Int64?
      for offset in base..<top {
        let index = Int(offset - base)
        let isDone = body[reader.position + index / 8] >> UInt8(index % 8) & 1 == 1
        if isDone, start == nil { start = offset }
        if !isDone, let from = start {
          done.append(from..<offset)
          start = nil
        }
      }
      if let from = start { done.append(from..<top) }
    }
    return .valid(AckMetadata(nonce: nonce, ledger: Ledger(base: base, top: top, done: done)))
  }
}

private func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
  var value = value
  while value >= 0x80 {
    bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
    value >>= 7
  }
  bytes.append(UInt8(value))
}

private struct VarintReader {
  let bytes: [UInt8]
  var position: Int
  var isAtEnd: Bool { position == bytes.count }

  mutating func next() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 63 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    return nil
  }
}
