import Testing

@testable import HeadraceHTTPServer

/// The connection's decisions on a clock that the test moves.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionMachineTests {
  private func actions(_ machine: inout HTTPConnectionMachine) -> [String] {
    var names: [String] = []
    while let action = machine.next() {
      switch action {
      case .start(let head): names.append("start \(head.target.path)")
      case .body(let bytes): names.append("body \(bytes.count)")
      case .endBody: names.append("endBody")
      case .failBody(let refusal): names.append("failBody \(refusal.status.code)")
      case .refuse(let refusal): names.append("refuse \(refusal.status.code)")
      case .clientGone: names.append("clientGone")
      case .shutdown: names.append("shutdown")
      case .close: names.append("close")
      }
    }
    return names
  }

  private func due(_ wheel: inout DeadlineWheel<Int>, _ now: UInt64) -> [Int] { wheel.due(now: now) }

  private func get(_ path: String) -> [UInt8] { Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8) }

  @Test func pipelinedRequestsWaitForTheAnswerBefore() {
    var machine = HTTPConnectionMachine(now: 0)
    machine.received(get("/1") + get("/2"), now: 1)
    #expect(actions(&machine) == ["start /1"])
    let closes1 = machine.answerStarts(close: false)
    #expect(closes1 == false)
    machine.answerProduced()
    #expect(actions(&machine) == [])
    machine.answerLeft(now: 2)
    #expect(actions(&machine) == ["start /2"])
  }

  @Test func aDrippingHeadHasOneDeadline() {
    var machine = HTTPConnectionMachine(now: 0)
    for second in 1...9 {
      machine.received([UInt8(ascii: "G")], now: UInt64(second) * 1000)
      machine.deadlinePassed(now: UInt64(second) * 1000)
      #expect(actions(&machine) == [])
    }
    #expect(machine.deadline == 11_000)
    machine.deadlinePassed(now: 11_000)
    #expect(actions(&machine) == ["refuse 408"])
    let closes2 = machine.answerStarts(close: true)
    #expect(closes2)
    machine.answerLeft(now: 11_000)
    #expect(actions(&machine) == ["shutdown"])
    machine.deadlinePassed(now: 12_000)
    #expect(actions(&machine) == ["close"])
  }

  @Test func idleConnectionsEnd() {
    var machine = HTTPConnectionMachine(now: 5)
    #expect(machine.deadline == 60_005)
    machine.deadlinePassed(now: 60_005)
    #expect(actions(&machine) == ["close"])
  }

  @Test func aSlowBodyIsGivenUp() {
    var machine = HTTPConnectionMachine(now: 0)
    machine.received(Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".utf8), now: 0)
    #expect(actions(&machine) == ["start /"])
    machine.received([UInt8](repeating: 0, count: 30 << 10), now: 29_000)
    #expect(actions(&machine) == ["body 30720"])
    machine.deadlinePassed(now: 30_000)
    #expect(actions(&machine) == [], "1 KiB a second is enough")
    machine.received([UInt8](repeating: 0, count: 100), now: 59_000)
    _ = actions(&machine)
    machine.deadlinePassed(now: 60_000)
    #expect(actions(&machine) == ["failBody 408"])
    let closes3 = machine.answerStarts(close: false)
    #expect(closes3, "the rest of the body makes the connection unusable")
  }

  @Test func aPauseIsNotTheClientsFault() {
    var machine = HTTPConnectionMachine(now: 0)
    machine.received(Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".utf8), now: 0)
    _ = actions(&machine)
    machine.pauseBody()
    #expect(machine.deadline == nil)
    #expect(!machine.wantsReading)
    machine.received([1, 2, 3], now: 50_000)
    #expect(actions(&machine) == [])
    machine.resumeBody(now: 100_000)
    #expect(actions(&machine) == ["body 3"], "what is buffered comes before the socket is read")
    #expect(machine.deadline == 130_000)
  }

  @Test func anAnswerBeforeTheBodyEndsTheConnection() {
    var machine = HTTPConnectionMachine(now: 0)
    machine.received(Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc".utf8), now: 0)
    #expect(actions(&machine) == ["start /", "body 3"])
    let closes4 = machine.answerStarts(close: false)
    #expect(closes4)
    machine.answerLeft(now: 1)
    #expect(actions(&machine) == ["shutdown"])
    machine.received(Array("defghij".utf8), now: 2)
    #expect(actions(&machine) == [], "thrown away")
    machine.clientEnded(isError: false)
    #expect(actions(&machine) == ["close"])
  }

  @Test func aLengthBeyondTheLimitIsRefusedAtOnce() {
    var machine = HTTPConnectionMachine(now: 0)
    machine.received(Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n".utf8), now: 0)
    #expect(actions(&machine) == ["start /"])
    let refusal = machine.limitBody(9, length: 10)
    #expect(refusal?.status == .contentTooLarge)
  }

  @Test func aHangUpWhileParkedIsSeen() {
    var machine = HTTPConnectionMachine(now: 0)
    machine.received(get("/"), now: 0)
    _ = actions(&machine)
    #expect(machine.wantsReading)
    machine.clientEnded(isError: false)
    #expect(actions(&machine) == ["clientGone", "close"])
  }

  @Test func aWholeAnswerStillReachesAClientThatClosedItsSide() {
    var machine = HTTPConnectionMachine(now: 0)
    machine.received(get("/"), now: 0)
    _ = actions(&machine)
    _ = machine.answerStarts(close: false)
    machine.answerProduced()
    machine.clientEnded(isError: false)
    #expect(actions(&machine) == [])
    machine.answerLeft(now: 1)
    #expect(actions(&machine) == ["shutdown"])
  }

  @Test func drainingEndsIdleOnesAndMarksAnswers() {
    var idle = HTTPConnectionMachine(now: 0)
    idle.drain()
    #expect(actions(&idle) == ["close"])
    var busy = HTTPConnectionMachine(now: 0)
    busy.received(get("/"), now: 0)
    _ = actions(&busy)
    busy.drain()
    #expect(actions(&busy) == [])
    let closes5 = busy.answerStarts(close: false)
    #expect(closes5)
  }

  @Test func aFloodOfPipelinedBytesStopsTheReading() {
    var machine = HTTPConnectionMachine(now: 0)
    machine.received(get("/"), now: 0)
    _ = actions(&machine)
    machine.received([UInt8](repeating: 65, count: 64 << 10), now: 0)
    #expect(!machine.wantsReading)
  }

  @Test func theWheelComesNoEarlierAndNotMuchLater() {
    var wheel = DeadlineWheel<Int>(now: 1000)
    wheel.schedule(1, at: 1600)
    wheel.schedule(2, at: 1100)
    wheel.schedule(1, at: 9000)
    #expect(due(&wheel, 1249) == [])
    #expect(due(&wheel, 1250) == [2])
    #expect(due(&wheel, 1800) == [1], "a key that moved later comes up at its old slot, to be entered anew")
    wheel.schedule(1, at: 9000)
    wheel.schedule(1, at: 2000)
    #expect(due(&wheel, 2260) == [1])
    #expect(due(&wheel, 10_000) == [], "the stale entry is dropped")
    wheel.schedule(3, at: 10_100)
    wheel.remove(3)
    #expect(due(&wheel, 20_000) == [])
    #expect(wheel.count == 0)
  }

  @Test func datesAreWrittenAsHTTPWritesThem() {
    #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.text(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(HTTPDate.text(951_782_400) == "Tue, 29 Feb 2000 00:00:00 GMT")
  }

  @Test func answersCannotBeSplitByAHeader() {
    let head = HTTPResponseEncoder.head(
      .ok, headers: ["a": "b\r\nx: y", "content-length": "7", "c d": "e", "ok": "fine"], framing: .length(1),
      close: false, keepAliveHint: false, date: "now")
    #expect(
      String(decoding: head, as: UTF8.self) == "HTTP/1.1 200 OK\r\nok: fine\r\ndate: now\r\ncontent-length: 1\r\n\r\n")
  }

  @Test func eventsAreEncodedLineByLine() {
    let event = ServerSentEvent(id: "a\nb", event: "e", data: "1\r\n2\r3\n", retry: .seconds(2))
    #expect(
      String(decoding: event.encoded, as: UTF8.self)
        == "id: ab\nevent: e\nretry: 2000\ndata: 1\ndata: 2\ndata: 3\ndata: \n\n")
  }

  @Test func routesPreferLiterals() {
    var router = Router()
    router.get("/a/{x}") { _ in .text("parameter") }
    router.get("/a/b") { _ in .text("literal") }
    router.get("/{rest...}") { _ in .text("rest") }
    #expect(router.resolve(method: .get, segments: ["a", "b"]).pattern == "/a/b")
    #expect(router.resolve(method: .get, segments: ["a", "c"]).parameters == ["x": "c"])
    #expect(router.resolve(method: .get, segments: ["z", "y", "x"]).parameters == ["rest": "z/y/x"])
    #expect(router.resolve(method: .head, segments: ["a", "b"]).pattern == "/a/b")
    #expect(router.resolve(method: .post, segments: ["a", "b"]).pattern == nil)
    #expect(router.resolve(method: .get, segments: ["a", ""]).pattern == "/{rest...}")
  }
}
