/// Prometheus's text exposition format, version 0.0.4.
enum PrometheusText {
  static func lines(_ name: String, _ labels: [String: String], _ instrument: MetricsRegistry.Instrument) -> String {
    switch instrument {
    case .counter(let counter): return "\(name)\(self.labels(labels)) \(counter.value)\n"
    case .gauge(let gauge): return "\(name)\(self.labels(labels)) \(number(gauge.value))\n"
    case .histogram(let histogram):
      let snapshot = histogram.snapshot
      var text = ""
      var running = 0
      for (index, count) in snapshot.counts.enumerated() {
        running += count
        let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
        text += "\(name)_bucket\(self.labels(labels.merging(["le": bound]) { $1 })) \(running)\n"
      }
      text += "\(name)_sum\(self.labels(labels)) \(number(snapshot.sum))\n"
      return text + "\(name)_count\(self.labels(labels)) \(running)\n"
    }
  }

  static func labels(_ labels: [String: String]) -> String {
    guard !labels.isEmpty else { return "" }
    let pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }
    return "{\(pairs.joined(separator: ","))}"
  }

  static func escapedHelp(_ text: String) -> String {
    escaped(text, quotes: false)
  }

  private static func escaped(_ text: String, quotes: Bool = true) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.append(character)
      }
    }
    return result
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    return String(value)
  }
}
