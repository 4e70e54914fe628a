internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceHTTP

/// How long a provider asks to wait, from whatever header it says it in.
enum RetryAdvice {
  /// Advice beyond an hour is cut to it: a clock that is wrong must not stop a route for days.
  static let longest = Duration.seconds(3_600)

  static func wait(_ headers: HTTPClient.Headers, status: Int, now: Date) -> Duration? {
    if let text = headers["retry-after-ms"], let milliseconds = Double(text), milliseconds >= 0 {
      return .seconds(min(milliseconds / 1_000, longest.seconds))
    }
    if let text = headers["retry-after"] {
      // Cut before it is a duration, which cannot hold whatever a header can say.
      if let seconds = Double(text), seconds >= 0 { return .seconds(min(seconds, longest.seconds)) }
      if let date = HTTPDate.parse(text) { return until(date, now) }
    }
    guard status == 429 else { return nil }
    // Only a limit that is used up says anything about when to come back.
    var waits: [Duration] = []
    for kind in ["requests", "tokens", "input-tokens", "output-tokens"] {
      if headers["x-ratelimit-remaining-\(kind)"] == "0", let text = headers["x-ratelimit-reset-\(kind)"],
        let wait = goDuration(text)
      {
        waits.append(min(wait, longest))
      }
      if headers["anthropic-ratelimit-\(kind)-remaining"] == "0",
        let text = headers["anthropic-ratelimit-\(kind)-reset"], let date = Date(rfc3339: text)
      {
        waits.append(until(date, now))
      }
    }
    return waits.max()
  }

  /// `6m0s`, `1.5s`, `120ms`, `1h2m`, or seconds alone.
  static func goDuration(_ text: String) -> Duration? {
    if let seconds = Double(text) { return seconds >= 0 ? .seconds(min(seconds, 86_400)) : nil }
    var total = 0.0
    var rest = Substring(text)
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard let number = Double(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count)
      switch unit {
      case "h": total += number * 3_600
      case "m": total += number * 60
      case "s": total += number
      case "ms": total += number / 1_000
      default: return nil
      }
    }
    return .seconds(min(total, 86_400))
  }

  private static func until(_ date: Date, _ now: Date) -> Duration {
    min(max(.zero, .seconds(min(date.timeIntervalSince(now), 86_400))), longest)
  }
}
