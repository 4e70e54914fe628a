internal import FoundationEssentials
internal import HeadraceCore

/// Dates in HTTP headers.
enum S3Date {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Reads `Tue, 24 Nov 2026 07:00:00 GMT`.
  static func http(_ text: String) -> Date? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])), parts[1].count <= 2 else { return nil }
    func two(_ number: Substring) -> String { number.count == 1 ? "0\(number)" : String(number) }
    let number = month + 1
    return Date(rfc3339: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(two(parts[1]))T\(parts[4])Z")
  }
}
