/// Times as RFC 3339 text in UTC with milliseconds, e.g. `2026-01-02T03:04:05.678Z`: the form of every time we write.
/// Arithmetic on the proleptic Gregorian calendar, so that a log line needs no formatter and no time zone database.
public enum RFC3339 {
  /// Formats milliseconds since 1970-01-01T00:00:00Z.
  public static func text(milliseconds: Int64) -> String {
    let (days, inDay) = floorDivide(milliseconds, 86_400_000)
    let (year, month, day) = civil(days: days)
    let (seconds, fraction) = inDay.quotientAndRemainder(dividingBy: 1000)
    var text = padded(year, 4)
    text += "-" + padded(month, 2) + "-" + padded(day, 2)
    text += "T" + padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
    return text + "." + padded(fraction, 3) + "Z"
  }

  /// Milliseconds since 1970 of an RFC 3339 time with any offset and any number of decimals (cut to milliseconds), or
  /// nil when `text` is not one. A leap second counts as the second before it.
  public static func milliseconds(_ text: some StringProtocol) -> Int64? {
    var digits = Array(text.utf8)[...]
    func number(_ count: Int) -> Int64? {
      guard digits.count >= count else { return nil }
      var value: Int64 = 0
      for byte in digits.prefix(count) {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      digits = digits.dropFirst(count)
      return value
    }
    func skip(_ allowed: String) -> Bool {
      guard let byte = digits.first, allowed.utf8.contains(byte) else { return false }
      digits = digits.dropFirst()
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2), skip("Tt "),
      let hour = number(2), skip(":"), let minute = number(2), skip(":"), let second = number(2),
      (1...12).contains(month), (1...daysInMonth(year, month)).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var fraction: Int64 = 0
    if skip(".") {
      var scale: Int64 = 100
      guard let first = digits.first, (0x30...0x39).contains(first) else { return nil }
      while let digit = digits.first, (0x30...0x39).contains(digit) {
        fraction += Int64(digit - 0x30) * scale
        scale /= 10
        digits = digits.dropFirst()
      }
    }
    var offset: Int64 = 0
    if !skip("Zz") {
      let sign: Int64 = digits.first == 0x2d ? -1 : 1
      guard skip("+-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60
      else { return nil }
      offset = sign * (hours * 60 + minutes) * 60_000
    }
    guard digits.isEmpty else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    let inDay = (hour * 3600 + minute * 60 + min(second, 59)) * 1000 + fraction
    return days * 86_400_000 + inDay - offset
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }

  private static func isLeap(_ year: Int64) -> Bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
  }

  private static func daysInMonth(_ year: Int64, _ month: Int64) -> Int64 {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  // Years are counted from 1 March, so that the leap day is a year's last; 719,468 days lie between 0000-03-01 and 1970.

  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floorDivide(shifted, 400)
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
