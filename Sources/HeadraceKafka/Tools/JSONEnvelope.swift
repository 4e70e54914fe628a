internal import HeadraceCore

/// Prints records the way kcat's `-J` does, byte for byte: one JSON object a line. Keys, values and headers are taken for text:
/// bytes that are no UTF-8 pass through as they are.
package enum JSONEnvelope {
  /// The line for a record, with its line feed.
  package static func line(_ record: ConsumerRecord) -> [UInt8] {
    var output: [UInt8] = []
    append(record, to: &output)
    return output
  }

  /// Appends the line for a record.
  package static func append(_ record: ConsumerRecord, to output: inout [UInt8]) {
    output += #"{"topic":"#.utf8
    appendString(record.topic.utf8, to: &output)
    output += #","partition":\#(record.partition),"offset":\#(record.offset)"#.utf8
    if let milliseconds = record.timestampMilliseconds {
      let type = record.timestampType == .logAppendTime ? "logappend" : "create"
      output += #","tstype":"\#(type)","ts":\#(milliseconds)"#.utf8
    }
    output += #","broker":\#(record.brokerID)"#.utf8
    let headers = record.headers
    if !headers.isEmpty {
      output += #","headers":["#.utf8
      for (index, header) in headers.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        appendString(header.name.utf8, to: &output)
        output.append(UInt8(ascii: ","))
        appendString(header.value, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    }
    output += #","key":"#.utf8
    unsafe record.withKeyBytes { unsafe appendString($0, to: &output) }
    output += #","payload":"#.utf8
    unsafe record.withValueBytes { unsafe appendString($0, to: &output) }
    output += "}\n".utf8
  }

  /// A string in quotes, or `null`.
  static func appendString(_ bytes: (some Sequence<UInt8>)?, to output: inout [UInt8]) {
    guard let bytes else {
      output += "null".utf8
      return
    }
    output.append(UInt8(ascii: "\""))
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""): output += #"\""#.utf8
      case UInt8(ascii: "\\"): output += #"\\"#.utf8
      case 8: output += #"\b"#.utf8
      case 9: output += #"\t"#.utf8
      case 10: output += #"\n"#.utf8
      case 12: output += #"\f"#.utf8
      case 13: output += #"\r"#.utf8
      case 0..<32:
        output += #"\u00"#.utf8
        for digit in [byte >> 4, byte & 15] {
          output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        }
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
