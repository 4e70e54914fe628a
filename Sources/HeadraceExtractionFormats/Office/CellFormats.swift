internal import Glibc
internal import HeadraceExtraction

/// Which cells hold dates: in the file they are numbers like all others.
struct CellFormats {
  private enum Kind {
    case plain, date, time, dateAndTime
  }

  private var kinds: [Kind] = []
  private let startsIn1904: Bool

  init(_ package: inout OfficePackage, _ relations: [OfficePackage.Relation], startsIn1904: Bool) throws {
    self.startsIn1904 = startsIn1904
    guard let part = relations.first(where: { $0.kind == "styles" }), let xml = try package.events(part.target) else {
      return
    }
    var own: [Int: Kind] = [:]
    var isCells = false
    while let event = try xml.next() {
      switch event {
      case .start("numFmt", _):
        if let id = Int(xml["numFmtId"] ?? ""), let code = xml["formatCode"] { own[id] = Self.kind(ofCode: code) }
      case .start("cellXfs", _): isCells = true
      case .end("cellXfs"): isCells = false
      case .start("xf", _):
        guard isCells else { continue }
        let id = Int(xml["numFmtId"] ?? "") ?? 0
        kinds.append(own[id] ?? Self.kind(ofBuiltIn: id))
      default: break
      }
    }
  }

  /// A number as a reader of the sheet sees it: dates as dates, no more digits than the program shows.
  func shown(_ value: String, style: Int) -> String {
    let kind = kinds.indices.contains(style) ? kinds[style] : .plain
    guard let number = Double(value) else { return value }
    if kind != .plain, let date = date(number, kind) { return date }
    guard value.utf8.count > 15 else { return value }
    return Self.shortest(number)
  }

  private func date(_ number: Double, _ kind: Kind) -> String? {
    guard number >= 0, number < 2_958_466 else { return nil }
    var days = Int(number)
    var seconds = Int(((number - Double(days)) * 86_400).rounded())
    if seconds == 86_400 {
      seconds = 0
      days += 1
    }
    let time =
      "\(Self.two(seconds / 3600)):\(Self.two(seconds / 60 % 60))"
      + (seconds % 60 == 0 ? "" : ":\(Self.two(seconds % 60))")
    if kind == .time || days == 0 && !startsIn1904 { return time }
    // Day 60 is 29 February 1900, which never was: everything before is one day off.
    let sinceUnix = startsIn1904 ? days - 24_107 : days - (days < 60 ? 25_568 : 25_569)
    var moment = time_t(sinceUnix * 86_400)
    var parts = unsafe tm()
    unsafe gmtime_r(&moment, &parts)
    let day = unsafe "\(parts.tm_year + 1900)-\(Self.two(Int(parts.tm_mon) + 1))-\(Self.two(Int(parts.tm_mday)))"
    return kind == .dateAndTime || seconds != 0 ? "\(day) \(time)" : day
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// Fifteen digits at most, as the programs show them.
  private static func shortest(_ number: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    let count = unsafe withVaList([number]) { unsafe vsnprintf(&buffer, 64, "%.15g", $0) }
    return String(decoding: buffer.prefix(Int(max(0, min(count, 63)))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func kind(ofBuiltIn id: Int) -> Kind {
    switch id {
    case 14...17, 27...31, 34...36, 50...54, 57, 58: .date
    case 18...21, 32, 33, 45...47, 55, 56: .time
    case 22: .dateAndTime
    default: .plain
    }
  }

  /// By the letters of a format code, outside of quotes, brackets and escapes.
  private static func kind(ofCode code: String) -> Kind {
    var hasDay = false
    var hasTime = false
    var quoted = false
    var bracketed = false
    var escaped = false
    for character in code.lowercased() {
      if escaped {
        escaped = false
        continue
      }
      switch character {
      case "\"": quoted.toggle()
      case "\\" where !quoted, "_" where !quoted, "*" where !quoted: escaped = true
      case "[" where !quoted: bracketed = true
      case "]" where !quoted: bracketed = false
      case "y" where !quoted && !bracketed, "d" where !quoted && !bracketed: hasDay = true
      case "h" where !quoted, "s" where !quoted && !bracketed: hasTime = hasTime || !bracketed || character == "h"
      case ";" where !quoted: return kind(hasDay, hasTime)
      default: break
      }
    }
    return kind(hasDay, hasTime)
  }

  private static func kind(_ hasDay: Bool, _ hasTime: Bool) -> Kind {
    switch (hasDay, hasTime) {
    case (true, true): .dateAndTime
    case (true, false): .date
    case (false, true): .time
    case (false, false): .plain
    }
  }
}
