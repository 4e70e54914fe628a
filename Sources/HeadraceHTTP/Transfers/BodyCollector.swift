internal import Synchronization

/// Collects a body on the client's thread, so that its task is woken once.
final class BodyCollector: HTTPClient.BodyConsumer {
  private struct State {
    var bytes: [UInt8] = []
    var isTooLarge = false
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) { self.limit = limit }

  let awaitsContent = false

  func accepts(status: Int, headers: HTTPClient.Headers) -> Bool { true }

  func consume(_ piece: Span<UInt8>) -> HTTPClient.BodyWish {
    state.withLock { state in
      guard state.bytes.count + piece.count <= limit else {
        state.isTooLarge = true
        return .end(letFinish: .zero)
      }
      unsafe piece.withUnsafeBufferPointer { unsafe state.bytes.append(contentsOf: $0) }
      return .more
    }
  }

  /// The whole body, once the exchange has ended.
  ///
  /// - Throws: kind `tooLarge`.
  func take() throws(HTTPClientError) -> [UInt8] {
    try state.withLock { state throws(HTTPClientError) in
      guard !state.isTooLarge else {
        throw HTTPClientError(.tooLarge, "the body is larger than \(limit) bytes", mayHaveBeenActedOn: true)
      }
      defer { state.bytes = [] }
      return state.bytes
    }
  }
}
