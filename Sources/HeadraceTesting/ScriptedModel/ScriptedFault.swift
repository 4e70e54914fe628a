/// Something that goes wrong at a scripted model.
public struct ScriptedFault: Sendable, Hashable {
  /// What goes wrong.
  public enum Kind: Sendable, Hashable {
    /// An error status; not billed. `code` is OpenAI's word in the body, e.g. `insufficient_quota`.
    case status(Int, retryAfter: Int? = nil, code: String? = nil, message: String = "scripted")
    /// The connection is reset before a word; billed, for the work was done.
    case resetBeforeAnswer
    /// The stream is cut after so many pieces; billed.
    case cut(afterPieces: Int)
    /// The stream ends properly, but without its end mark; billed.
    case noEndMark(afterPieces: Int)
    /// Nothing more comes after so many pieces, until the client leaves; billed.
    case stall(afterPieces: Int)
    /// An error event in the middle of the stream; billed.
    case errorEvent(afterPieces: Int, code: String)
    /// This text instead of the answer; billed.
    case answer(String)
  }

  /// What goes wrong.
  public var kind: Kind
  /// How often; `nil`: always.
  public var times: Int?
  /// How likely each time, 0 … 1. Default 1.
  public var probability: Double
  /// Only for requests whose messages contain this.
  public var matching: String?

  /// Makes a fault.
  public init(_ kind: Kind, times: Int? = nil, probability: Double = 1, matching: String? = nil) {
    self.kind = kind
    self.times = times
    self.probability = probability
    self.matching = matching
  }
}
