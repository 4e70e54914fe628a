internal import HeadraceCore

/// Prints records the way kcat's `-f` does, byte for byte.
///
/// Verbs: `%t` topic, `%p` partition, `%o` offset, `%k` key, `%K` its length (−1 for none), `%s` value, `%S` its length (−1 for
/// null), `%R` that length as four bytes, `%T` timestamp in ms, `%h` headers as `name=value,…`, `%%` a percent sign. Escapes:
/// `\n`, `\t`, `\r`, `\xHH`, `\NNN` (decimal, or octal after a 0).
package struct RecordFormatter: Sendable {
  package enum Failure: Error, Hashable, CustomStringConvertible {
    case unsupportedVerb(String)
    case emptyVerb

    package var description: String {
      switch self {
      case .unsupportedVerb(let verb): "Unsupported formatter: %\(verb)"
      case .emptyVerb: "Empty formatter"
      }
    }
  }

  private enum Piece: Sendable {
    case literal([UInt8])
    case topic, partition, offset, key, keyLength, value, valueLength, valueLengthBytes, timestamp, headers
  }

  private let pieces: [Piece]
  /// What stands for null and empty keys and values; nothing by default, `NULL` under `-Z`.
  private let null: [UInt8]

  /// Reads a format.
  package init(_ format: String, printsNull: Bool = false) throws(Failure) {
    null = printsNull ? Array("NULL".utf8) : []
    let bytes = Array(format.utf8)
    var pieces: [Piece] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "%") else {
        let end = bytes[index...].firstIndex(of: UInt8(ascii: "%")) ?? bytes.count
        pieces.append(.literal(Self.unescape(bytes[index..<end])))
        index = end
        continue
      }
      guard index + 1 < bytes.count else { throw .emptyVerb }
      switch bytes[index + 1] {
      case UInt8(ascii: "%"): pieces.append(.literal([UInt8(ascii: "%")]))
      case UInt8(ascii: "t"): pieces.append(.topic)
      case UInt8(ascii: "p"): pieces.append(.partition)
      case UInt8(ascii: "o"): pieces.append(.offset)
      case UInt8(ascii: "k"): pieces.append(.key)
      case UInt8(ascii: "K"): pieces.append(.keyLength)
      case UInt8(ascii: "s"): pieces.append(.value)
      case UInt8(ascii: "S"): pieces.append(.valueLength)
      case UInt8(ascii: "R"): pieces.append(.valueLengthBytes)
      case UInt8(ascii: "T"): pieces.append(.timestamp)
      case UInt8(ascii: "h"): pieces.append(.headers)
      default:
        let verb = format.utf8[format.utf8.index(format.utf8.startIndex, offsetBy: index + 1)...]
        throw .unsupportedVerb(String(Substring(verb).prefix(1)))
      }
      index += 2
    }
    self.pieces = pieces
  }

  /// What kcat prints without `-f`: the value, with `-K` the key and that delimiter before it, and `-D` behind it.
  package init(keyDelimiter: String?, delimiter: String = "\n", printsNull: Bool = false) {
    null = printsNull ? Array("NULL".utf8) : []
    var pieces: [Piece] = []
    if let keyDelimiter { pieces += [.key, .literal(Self.unescape(Array(keyDelimiter.utf8)[...]))] }
    pieces += [.value, .literal(Self.unescape(Array(delimiter.utf8)[...]))]
    self.pieces = pieces
  }

  /// The bytes for a record.
  package func format(_ record: ConsumerRecord) -> [UInt8] {
    var output: [UInt8] = []
    append(record, to: &output)
    return output
  }

  /// Appends the bytes for a record.
  package func append(_ record: ConsumerRecord, to output: inout [UInt8]) {
    for piece in pieces {
      switch piece {
      case .literal(let bytes): output += bytes
      case .topic: output += record.topic.utf8
      case .partition: output += String(record.partition).utf8
      case .offset: output += String(record.offset).utf8
      case .key:
        unsafe record.withKeyBytes { bytes in
          if let bytes = unsafe bytes, unsafe !bytes.isEmpty {
            unsafe output.append(contentsOf: bytes)
          } else {
            output += null
          }
        }
      case .keyLength: output += String(record.keyIsNull ? -1 : record.keyCount).utf8
      case .value:
        unsafe record.withValueBytes { bytes in
          if let bytes = unsafe bytes, unsafe !bytes.isEmpty {
            unsafe output.append(contentsOf: bytes)
          } else {
            output += null
          }
        }
      case .valueLength: output += String(record.valueIsNull ? -1 : record.valueCount).utf8
      case .valueLengthBytes:
        let length = UInt32(bitPattern: record.valueIsNull ? -1 : Int32(truncatingIfNeeded: record.valueCount))
        for shift in [24, 16, 8, 0] as [UInt32] { output.append(UInt8(truncatingIfNeeded: length >> shift)) }
      case .timestamp: output += String(record.timestampMilliseconds ?? -1).utf8
      case .headers:
        for (index, header) in record.headers.enumerated() {
          if index > 0 { output.append(UInt8(ascii: ",")) }
          output += header.name.utf8
          output.append(UInt8(ascii: "="))
          output += header.value ?? Array("NULL".utf8)
        }
      }
    }
  }

  /// Expands escapes; like kcat's, a literal ends at the first NUL.
  private static func unescape(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    var index = bytes.startIndex
    func number(base: Int) -> UInt8? {
      var value = 0
      let start = index
      while index < bytes.endIndex, let digit = Character(UnicodeScalar(bytes[index])).hexDigitValue, digit < base {
        value = (value &* base &+ digit) & 0xff_ffff
        index += 1
      }
      return index > start ? UInt8(truncatingIfNeeded: value) : nil
    }
    while index < bytes.endIndex {
      guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.endIndex else {
        output.append(bytes[index])
        index += 1
        continue
      }
      index += 1
      switch bytes[index] {
      case UInt8(ascii: "n"): output.append(10)
      case UInt8(ascii: "t"): output.append(9)
      case UInt8(ascii: "r"): output.append(13)
      case UInt8(ascii: "x"):
        index += 1
        if let byte = number(base: 16) {
          output.append(byte)
          continue
        }
        if index < bytes.endIndex { output.append(bytes[index]) }
      case UInt8(ascii: "0"):
        if index + 2 < bytes.endIndex, bytes[index + 1] | 0x20 == UInt8(ascii: "x"),
          Character(UnicodeScalar(bytes[index + 2])).isHexDigit
        {
          index += 2
          output.append(number(base: 16) ?? 0)
        } else {
          output.append(number(base: 8) ?? 0)
        }
        continue
      case UInt8(ascii: "1")...UInt8(ascii: "9"):
        output.append(number(base: 10) ?? 0)
        continue
      default: output.append(bytes[index])
      }
      index += 1
    }
    return Array(output.prefix { $0 != 0 })
  }
}
