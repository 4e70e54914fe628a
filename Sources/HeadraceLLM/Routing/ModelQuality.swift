/// Quality by family and kind of work where the operator has measured none: an order of merit, not a benchmark.
enum ModelQuality {
  static func prior(_ family: ModelFamily, _ taskClass: TaskClass) -> Double {
    switch (family, taskClass) {
    case (.deepReasoning, .reasoning): 0.95
    case (.deepReasoning, .code): 0.9
    case (.deepReasoning, _): 0.88
    case (.allRound, .reasoning): 0.75
    case (.allRound, _): 0.9
    case (.fast, .reasoning): 0.55
    case (.fast, .code): 0.7
    case (.fast, _): 0.82
    case (.local, .reasoning): 0.15
    case (.local, .code): 0.4
    case (.local, _): 0.45
    case (.other, .reasoning): 0.6
    case (.other, _): 0.75
    }
  }
}
