internal import FoundationEssentials

/// Finds the kind of work of a request from its text: a rule where one is certain, else a small linear classifier
/// (trained by ops/classifier/train from the data beside it; its accuracy stands in TaskClassifierWeights.swift).
struct TaskClassifier: Sendable {
  /// A row of weights for each bucket, a column for each class.
  private static let weights: [Float] = {
    let bytes = Array(Data(base64Encoded: TaskClassifierWeights.base64) ?? Data())
    let (buckets, classes) = (TaskClassifierWeights.buckets, TaskClassifierWeights.classes.count)
    precondition(bytes.count == buckets * classes, "the classifier's weights are damaged")
    var rows = [Float](repeating: 0, count: buckets * classes)
    for kind in 0..<classes {
      for bucket in 0..<buckets {
        rows[bucket * classes + kind] =
          Float(Int8(bitPattern: bytes[kind * buckets + bucket])) * TaskClassifierWeights.unit
      }
    }
    return rows
  }()

  /// The class, who found it (`rule` or `classifier`), and how sure it is, 0 … 1.
  func classify(_ text: String) -> (TaskClass, by: String, confidence: Double) {
    let features = TaskFeatures(text)
    let classes = TaskClassifierWeights.classes
    var scores = TaskClassifierWeights.bias
    let scale = 1 / Float(features.buckets.count).squareRoot()
    for bucket in features.buckets {
      for kind in classes.indices { scores[kind] += scale * Self.weights[bucket * classes.count + kind] }
    }
    let top = scores.max() ?? 0
    let powers = scores.map { Self.exponential(Double($0 - top)) }
    let total = powers.reduce(0, +)
    let best = powers.indices.max { powers[$0] < powers[$1] } ?? 0
    let confidence = powers[best] / total
    // Text without a word of instruction, only a program in a fence.
    if confidence < 0.5, text.contains("```") { return (.code, "rule", 0.9) }
    return (classes[best], "classifier", (confidence * 1_000).rounded() / 1_000)
  }

  /// eˣ for x ≤ 0, to six digits: enough to order and to report.
  private static func exponential(_ x: Double) -> Double {
    guard x > -40 else { return 0 }
    // e^x = (e^(x/1024))^1024, by the first terms of the series.
    let small = x / 1_024
    var value = 1 + small + small * small / 2 + small * small * small / 6
    for _ in 0..<10 { value *= value }
    return value
  }
}
