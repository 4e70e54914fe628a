import FoundationEssentials
import HeadraceCore
import HeadraceKafka

/// From where to where `consume` reads: kcat's `-o`, given once or twice.
struct ReadRange {
  enum Start {
    case beginning
    case end
    case stored
    case at(Int64)
    case last(Int64)
    case time(Date)

    var offset: StartOffset {
      switch self {
      case .beginning, .time: .beginning
      case .end: .end
      case .stored: .stored
      case .at(let offset): .at(offset)
      case .last(let count): .tail(count)
      }
    }
  }

  var start = Start.beginning
  var end: Date?

  init(_ texts: [String], _ arguments: ParsedArguments) throws {
    for text in texts {
      switch text {
      case "beginning", "earliest": start = .beginning
      case "end", "latest": start = .end
      case "stored": start = .stored
      case _ where text.hasPrefix("s@"): start = .time(try Self.time(text.dropFirst(2), arguments))
      case _ where text.hasPrefix("e@"): end = try Self.time(text.dropFirst(2), arguments)
      default:
        guard let number = Int64(text) else {
          throw arguments.usageError(
            "--offset takes beginning, end, stored, N, -N, s@TIME or e@TIME, not \"\(text)\"")
        }
        start = number < 0 ? .last(-number) : .at(number)
      }
    }
  }

  /// Milliseconds since 1970, as kcat takes them, or RFC 3339.
  private static func time(_ text: Substring, _ arguments: ParsedArguments) throws -> Date {
    if let milliseconds = Int64(text) { return Date(milliseconds: milliseconds) }
    guard let time = Date(rfc3339: text) else {
      throw arguments.usageError("a time is milliseconds since 1970 or RFC 3339, not \"\(text)\"")
    }
    return time
  }
}
