import Foundation
import HeadraceCore
import HeadraceHTTPServer
import Synchronization

/// A model server that bills: every request whose work it begins is a line in a file, whether or not anybody still
/// waits for the answer. Some requests it refuses, which costs nothing.
final class BillingModel: Sendable {
  struct Behaviour: Sendable {
    var shortest = Duration.milliseconds(50)
    var longest = Duration.milliseconds(3_000)
    /// Of a hundred requests, so many are answered 429 at once.
    var throttledPercent = 4
    /// Of a hundred requests, so many are answered 500 at once.
    var brokenPercent = 2
    /// Texts that begin so are refused with 422 each time.
    var poison = "poison"
  }

  private let bill: Bill
  private let behaviour: Behaviour
  private let random: Mutex<SeededGenerator>

  private init(bill: Bill, behaviour: Behaviour, seed: UInt64) {
    self.bill = bill
    self.behaviour = behaviour
    random = Mutex(SeededGenerator(seed: seed))
  }

  /// Runs one, and lends the address to which texts are posted.
  static func withModel<Result: Sendable>(
    bill: String, _ behaviour: Behaviour, seed: UInt64, _ body: @Sendable (String) async throws -> Result
  ) async throws -> Result {
    let model = BillingModel(bill: Bill(path: bill), behaviour: behaviour, seed: seed)
    var router = Router()
    router.post("/call") { request in
      let text = String(decoding: try await request.body.collect(upTo: 1 << 20), as: UTF8.self)
      return try await model.answer(text)
    }
    return try await withHTTPServer(router) { _, port in try await body("http://127.0.0.1:\(port)/call") }
  }

  private func answer(_ text: String) async throws -> HTTPResponse {
    if text.hasPrefix(behaviour.poison) { return HTTPResponse(status: HTTPStatus(code: 422)) }
    let (chance, latency) = random.withLock { random in
      (
        Int.random(in: 0..<100, using: &random),
        behaviour.shortest
          + (behaviour.longest - behaviour.shortest) * Double.random(in: 0...1, using: &random)
      )
    }
    if chance < behaviour.throttledPercent { return HTTPResponse(status: HTTPStatus(code: 429)) }
    if chance < behaviour.throttledPercent + behaviour.brokenPercent {
      return HTTPResponse(status: HTTPStatus(code: 500))
    }
    bill.write("P \(WorkerOptions.fingerprint(of: text))")
    try await Task.sleep(for: latency)
    return .text(text.uppercased(), contentType: "text/plain")
  }
}
