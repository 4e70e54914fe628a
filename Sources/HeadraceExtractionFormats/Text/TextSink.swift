package import HeadraceExtraction

/// Where readers write: text with its breaks, positions, facts; out come the frames that the extractor reads.
///
/// Breaks are asked for and not written: they are made when text follows, so that no text begins or ends with empty lines
/// and none has more than one in a row.
@safe
package final class TextSink {
  private enum Gap: Int {
    case nothing, space, tab, line, paragraph
  }

  private let output: (UnsafeRawBufferPointer) -> Void
  private var buffer: [UInt8] = []
  private var gap = Gap.nothing
  private var tabs = 0
  private var hasText = false
  /// How many times text was written: tells whether any came since.
  package private(set) var writes = 0
  private var marks: [(TextPosition.Kind, Int, String)] = []
  private static let flushed = 128 << 10

  /// Frames go to `output`, whole or in pieces.
  package init(_ output: @escaping (UnsafeRawBufferPointer) -> Void) {
    unsafe self.output = output
    buffer.reserveCapacity(Self.flushed + 4096)
  }

  // MARK: Text

  /// Text as it is.
  package func write(_ text: UnsafeRawBufferPointer) {
    guard unsafe !text.isEmpty else { return }
    fill()
    unsafe buffer.append(contentsOf: text)
    if buffer.count >= Self.flushed { flush() }
  }

  /// Text as it is.
  package func write(_ text: String) {
    var text = text
    text.withUTF8 { unsafe write(UnsafeRawBufferPointer($0)) }
  }

  /// Text whose white space means no more than one space.
  package func flow(_ text: UnsafeRawBufferPointer) {
    var start = 0
    var index = 0
    let count = text.count
    while index < count {
      guard unsafe text[index] <= 0x20 else {
        index += 1
        continue
      }
      if index > start { unsafe write(UnsafeRawBufferPointer(rebasing: text[start..<index])) }
      space()
      index += 1
      while index < count, unsafe text[index] <= 0x20 { index += 1 }
      start = index
    }
    if start < count { unsafe write(UnsafeRawBufferPointer(rebasing: text[start...])) }
  }

  /// Text whose white space means no more than one space.
  package func flow(_ text: String) {
    var text = text
    text.withUTF8 { unsafe flow(UnsafeRawBufferPointer($0)) }
  }

  /// A space before what follows, unless there is a wider gap.
  package func space() { widen(.space) }

  /// A tab before what follows; several add up until a line ends.
  package func tab() {
    if gap.rawValue <= Gap.tab.rawValue {
      gap = .tab
      tabs = min(tabs + 1, 64)
    }
  }

  /// What follows begins a line.
  package func lineBreak() { widen(.line) }

  /// What follows begins a paragraph: an empty line stands before it.
  package func paragraphBreak() { widen(.paragraph) }

  /// A table's cell ends that began when ``writes`` was `mark`: the breaks at the end of its own text do not part it from the
  /// next one.
  package func endCell(since mark: Int) {
    guard writes > mark else { return }
    gap = .nothing
    tabs = 0
  }

  private func widen(_ wanted: Gap) {
    if wanted.rawValue > gap.rawValue {
      gap = wanted
      tabs = 0
    }
  }

  /// Makes the gap that was asked for, and sets the marks that were waiting for text.
  private func fill() {
    if gap != .nothing {
      if hasText {
        switch gap {
        case .nothing: break
        case .space: buffer.append(0x20)
        case .tab: buffer.append(contentsOf: repeatElement(0x09, count: tabs))
        case .line: buffer.append(0x0a)
        case .paragraph: buffer += [0x0a, 0x0a]
        }
      }
      gap = .nothing
      tabs = 0
    }
    hasText = true
    writes += 1
    guard !marks.isEmpty else { return }
    flush()
    for (kind, number, label) in marks {
      frame(.begin, Array("\(kind.rawValue)\0\(number)\0\(label)".utf8.prefix(1000)))
    }
    marks = []
  }

  // MARK: Positions and facts

  /// A position begins with the next text; the one of its kind that is open ends here.
  package func begin(_ kind: TextPosition.Kind, _ number: Int, label: String = "") {
    end(kind)
    marks.append((kind, number, Self.oneLine(label)))
  }

  /// The open position of this kind ends here.
  package func end(_ kind: TextPosition.Kind) {
    if let index = marks.lastIndex(where: { $0.0 == kind }) {
      marks.remove(at: index)
    } else {
      flush()
      frame(.end, Array(kind.rawValue.utf8))
    }
  }

  /// A fact about the document: `title`, `author`, `created`, `pages`, `encoding`. Blank ones are dropped.
  package func fact(_ key: String, _ value: String?) {
    guard let value = value.map(Self.oneLine), !value.isEmpty else { return }
    flush()
    frame(.metadata, Array("\(key)\0\(value)".utf8.prefix(4000)))
  }

  /// All was read.
  package func finish() {
    flush()
    frame(.done, [])
  }

  /// The document failed; what was written is of no use.
  package func fail(_ fault: FormatFault) {
    buffer = []
    frame(.failure, Array("\(fault.reason.rawValue)\0\(fault.detail)".utf8.prefix(4000)))
  }

  // MARK: Frames

  private func flush() {
    var start = 0
    while start < buffer.count {
      let end = min(start + FrameKind.maximumPayload, buffer.count)
      frame(.text, Array(buffer[start..<end]))
      start = end
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func frame(_ kind: FrameKind, _ payload: [UInt8]) {
    let length = UInt32(payload.count)
    let bytes = [kind.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * UInt32($0))) } + payload
    unsafe bytes.withUnsafeBytes { unsafe output($0) }
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: { $0.isWhitespace || $0 == "\0" }).joined(separator: " ")
  }
}
