import Glibc

/// One line on standard error that says how far long work is; silent where standard error is no terminal.
struct ProgressLine: ~Copyable {
  private let title: String
  private let start = ContinuousClock.now
  private var last: ContinuousClock.Instant?
  private let isShown: Bool

  init(_ title: String) {
    self.title = title
    self.isShown = Terminal.isErrorTerminal
  }

  /// Shows done/total, rate and time left, at most ten times a second.
  mutating func update(done: Int, total: Int?) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let last, now - last < .milliseconds(100), done != total { return }
    last = now
    let seconds = Double((now - start).components.seconds) + Double((now - start).components.attoseconds) / 1e18
    let rate = seconds > 0 ? Double(done) / seconds : 0
    var text = "\(title): \(done)"
    if let total { text += "/\(total)" }
    text += ", \(Int(rate))/s"
    if let total, rate > 0, done < total { text += ", \(Int(Double(total - done) / rate)) s left" }
    Terminal.write(STDERR_FILENO, Array("\r\u{1B}[K\(text)".utf8))
  }

  /// Ends the line.
  consuming func finish() {
    if isShown, last != nil { Terminal.write(STDERR_FILENO, Array("\n".utf8)) }
  }
}
