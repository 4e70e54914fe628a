/// Who is told of an answer's text while it comes.
struct AnswerListener: Sendable {
  var onText: @Sendable (String) async throws -> Void
  var onRestart: (@Sendable () async throws -> Void)?
}
