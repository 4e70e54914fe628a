/// Finds what someone meant who mistyped a name.
public enum NearestName {
  /// The known name that is nearest to `name`, when it is near enough to be a slip of the hand.
  public static func nearest(to name: String, among known: [String]) -> String? {
    let ranked = known.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
    guard let (best, distance) = ranked, distance <= max(1, name.count / 3) else { return nil }
    return best
  }

  /// `; did you mean "x"?`, or nothing.
  public static func suggestion(for name: String, among known: [String]) -> String {
    nearest(to: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// How many letters have to be added, dropped, replaced or swapped with their neighbour.
  static func distance(_ left: String, _ right: String) -> Int {
    let a = Array(left), b = Array(right)
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
      var current = [i]
      for j in 1...b.count {
        var cost = min(last[j] + 1, current[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[b.count]
  }
}
