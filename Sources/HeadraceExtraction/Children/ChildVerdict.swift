internal import Glibc

/// What the way a child ended means for its document.
package enum ChildVerdict {
  /// The failure that `outcome` means; nil when the child ended by itself with 0 and what it printed counts.
  ///
  /// An exit status that is neither 0 nor a signal is for the caller to understand, unless it is about memory.
  package static func failure(_ outcome: ChildOutcome, limits: ChildLimits, program: String) -> ExtractionFailure? {
    switch outcome.stop {
    case .wallClock: return timeout("\(program) did not end within \(limits.wallSeconds) s.")
    case .output:
      return ExtractionFailure(
        .tooLarge, detail: "It holds more than \(limits.outputBytes >> 20) MiB of text. Split it.")
    case .cancelled, nil: break
    }
    if ranOutOfMemory(outcome) {
      return ExtractionFailure(
        .memory, detail: "\(program) needed more than \(limits.memoryBytes >> 20) MiB. Split the document.")
    }
    guard let signal = outcome.signal else { return nil }
    switch signal {
    case SIGXCPU: return timeout("\(program) used \(limits.cpuSeconds) s of processor time.")
    case SIGXFSZ:
      return ExtractionFailure(.tooLarge, detail: "\(program) wanted to write more than \(limits.fileBytes >> 20) MiB.")
    case SIGKILL:
      if outcome.cpuSeconds >= Double(limits.cpuSeconds) {
        return timeout("\(program) used \(limits.hardCPUSeconds) s of processor time.")
      }
      return ExtractionFailure(.memory, detail: "\(program) was killed by the system, as it is when memory runs out.")
    default:
      return ExtractionFailure(
        .crashed, detail: "\(program) ended by signal \(signal). The document may be damaged: save it anew, or as PDF.")
    }
  }

  private static func timeout(_ what: String) -> ExtractionFailure {
    ExtractionFailure(.timeout, detail: what + " Split the document, or save it anew.")
  }

  private static func ranOutOfMemory(_ outcome: ChildOutcome) -> Bool {
    if case .exited(0) = outcome.ending { return false }
    let words = outcome.complaints.lowercased()
    return ["out of memory", "bad_alloc", "could not allocate", "cannot allocate", "failed to allocate"]
      .contains { words.contains($0) }
  }
}
