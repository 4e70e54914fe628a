/// Reads what the helper prints. The helper has read hostile bytes and may be in their hands: nothing it says is believed
/// beyond its form.
package struct FrameDecoder: Sendable {
  /// What was said.
  package struct Content: Sendable {
    package var text: [UInt8] = []
    /// Unicode scalars of `text`, so long as it is valid.
    package var scalars = 0
    package var positions: [TextPosition] = []
    package var metadata: [String: String] = [:]
    package var failure: ExtractionFailure?
    package var isDone = false
  }

  /// What was said so far.
  package private(set) var content = Content()
  /// Whether the text is larger than allowed.
  package private(set) var isTooLarge = false
  /// Whether it was no frame.
  package private(set) var isBroken = false

  private let maximumText: Int
  private var pending: [UInt8] = []
  private var open: [TextPosition.Kind: Int] = [:]
  private static let maximumPositions = 200_000

  /// Takes at most `maximumText` bytes of text.
  package init(maximumText: Int) { self.maximumText = maximumText }

  /// Takes the next piece of output; false when the rest is of no use.
  package mutating func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    unsafe pending.append(contentsOf: bytes)
    var position = 0
    while pending.count - position >= 5 {
      var length = 0
      for place in 0..<4 { length |= Int(pending[position + 1 + place]) << (8 * place) }
      guard let kind = FrameKind(rawValue: pending[position]), length <= FrameKind.maximumPayload, !content.isDone
      else {
        isBroken = true
        return false
      }
      guard pending.count - position - 5 >= length else { break }
      take(kind, pending[(position + 5)..<(position + 5 + length)])
      position += 5 + length
      if isTooLarge { return false }
    }
    pending.removeFirst(position)
    return true
  }

  /// Ends the positions that are still open.
  package mutating func finish() {
    for index in open.values { content.positions[index].end = content.scalars }
    open = [:]
    content.positions.removeAll { $0.end <= $0.start }
  }

  private mutating func take(_ kind: FrameKind, _ payload: ArraySlice<UInt8>) {
    switch kind {
    case .text:
      guard content.text.count + payload.count <= maximumText else {
        isTooLarge = true
        return
      }
      content.text.append(contentsOf: payload)
      for byte in payload where byte & 0xc0 != 0x80 { content.scalars += 1 }
    case .begin:
      let parts = fields(payload, 3)
      guard let kind = TextPosition.Kind(rawValue: parts[0]), let number = Int(parts[1]) else { return }
      close(kind)
      guard content.positions.count < Self.maximumPositions else { return }
      open[kind] = content.positions.count
      content.positions.append(
        TextPosition(
          kind: kind, number: number, label: parts[2].isEmpty ? nil : parts[2], start: content.scalars,
          end: content.scalars))
    case .end:
      if let kind = TextPosition.Kind(rawValue: fields(payload, 1)[0]) { close(kind) }
    case .metadata:
      let parts = fields(payload, 2)
      if content.metadata.count < 32 { content.metadata[parts[0]] = parts[1] }
    case .failure:
      let parts = fields(payload, 2)
      content.failure = ExtractionFailure(.init(rawValue: parts[0]), detail: parts[1])
    case .done:
      content.isDone = true
    }
  }

  private mutating func close(_ kind: TextPosition.Kind) {
    guard let index = open.removeValue(forKey: kind) else { return }
    content.positions[index].end = content.scalars
  }

  private func fields(_ payload: ArraySlice<UInt8>, _ count: Int) -> [String] {
    var parts = payload.split(separator: 0, maxSplits: count - 1, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    while parts.count < count { parts.append("") }
    return parts
  }
}
