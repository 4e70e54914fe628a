import Foundation
import HeadraceKafka
import Testing

@testable import HeadraceStreams

/// Workers in processes of their own, which are killed, frozen and asked to stop.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ProcessTests {
  @Test(arguments: LogChoice.all)
  func G01_G02_G03_G04_killedWorkersLoseNothingDoubleNothingAndPayOnce(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let workshop = try await Workshop(log)
      defer { workshop.remove() }
      let values = (0..<1_200).map { (key: "k\($0 % 60)", value: "text \($0)") }
      try await log.produce(workshop.options.input, values)
      var workers = [try WorkerProcess(workshop.options), try WorkerProcess(workshop.options)]
      defer { for worker in workers { worker.signal(SIGKILL) } }
      var kills = 0
      for _ in 0..<3 {
        let before = try? workshop.account().total
        try await log.wait("work goes on") { ((try? workshop.account().total) ?? 0) >= (before ?? 0) + 80 }
        workers[0].signal(SIGKILL)
        _ = await workers[0].end(within: .seconds(5))
        kills += 1
        workers.removeFirst()
        workers.append(try WorkerProcess(workshop.options))
      }
      try await log.wait("all acknowledged", for: .seconds(120)) {
        try await log.isAcknowledged(workshop.options.name, workshop.options.input)
      }
      for worker in workers { worker.signal(SIGTERM) }
      for worker in workers { #expect(await worker.end(within: .seconds(30)), "a graceful stop ends with success") }
      try await workshop.checkOutputs(of: values)
      let account = try workshop.account()
      #expect(account.paidAfterFinish == 0, "finished calls were paid again")
      // A call that failed (4 %) is made again; those in progress at a kill as well.
      let failures = account.total / 10
      #expect(account.total <= values.count + workshop.options.slots * kills + failures)
    }
  }

  @Test(arguments: LogChoice.all)
  func G04_G09_gracefulMovesPayNothingTwice(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let workshop = try await Workshop(log) {
        $0.shortestCallMilliseconds = 100
        $0.longestCallMilliseconds = 600
      }
      defer { workshop.remove() }
      let values = (0..<500).map { (key: "k\($0 % 50)", value: "text \($0)") }
      try await log.produce(workshop.options.input, values)
      var workers = [try WorkerProcess(workshop.options)]
      defer { for worker in workers { worker.signal(SIGKILL) } }
      for _ in 0..<3 {
        let before = (try? workshop.account().total) ?? 0
        try await log.wait("work goes on") { ((try? workshop.account().total) ?? 0) >= before + 40 }
        workers.append(try WorkerProcess(workshop.options))
        let joined = (try? workshop.account().total) ?? 0
        try await log.wait("work goes on") { ((try? workshop.account().total) ?? 0) >= joined + 40 }
        workers[0].signal(SIGTERM)
        #expect(await workers[0].end(within: .seconds(20)))
        workers.removeFirst()
      }
      try await log.wait("all acknowledged", for: .seconds(120)) {
        try await log.isAcknowledged(workshop.options.name, workshop.options.input)
      }
      for worker in workers { worker.signal(SIGTERM) }
      for worker in workers { #expect(await worker.end(within: .seconds(30))) }
      try await workshop.checkOutputs(of: values)
      let account = try workshop.account()
      #expect(account.paidAfterFinish == 0)
      let lines = try String(contentsOfFile: workshop.options.bill, encoding: .utf8).split(separator: "\n")
      let finished = Set(lines.filter { $0.hasPrefix("F") }.map { $0.dropFirst(2) })
      #expect(finished.count == values.count)
      // Every call but those that the provider refused was paid once.
      #expect(account.total < values.count + values.count / 8)
    }
  }

  @Test(arguments: LogChoice.all)
  func G10_aFrozenMemberMakesNothingVisibleWhenItWakes(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let workshop = try await Workshop(log)
      defer { workshop.remove() }
      let values = (0..<800).map { (key: "k\($0 % 40)", value: "text \($0)") }
      try await log.produce(workshop.options.input, values)
      let zombie = try WorkerProcess(workshop.options)
      defer { zombie.signal(SIGKILL) }
      try await log.wait("work goes on") { ((try? workshop.account().total) ?? 0) >= 100 }
      zombie.signal(SIGSTOP)
      let successor = try WorkerProcess(workshop.options)
      defer { successor.signal(SIGKILL) }
      let before = try workshop.account().total
      try await log.wait("the successor goes on") { try workshop.account().total >= before + 100 }
      zombie.signal(SIGCONT)
      try await log.wait("all acknowledged", for: .seconds(120)) {
        try await log.isAcknowledged(workshop.options.name, workshop.options.input)
      }
      for worker in [zombie, successor] { worker.signal(SIGTERM) }
      #expect(await successor.end(within: .seconds(30)))
      #expect(await zombie.end(within: .seconds(30)))
      try await workshop.checkOutputs(of: values)
      #expect(try workshop.account().paidAfterFinish == 0)
    }
  }

  @Test func G07_aRecordThatKillsItsProcessBecomesADeadLetter() async throws {
    try await LogChoice.embedded.withLog { log in
      let workshop = try await Workshop(log, partitions: 1) {
        $0.deadlyValue = "deadly"
        $0.instance = "worker-1"
        $0.maximumAttempts = 3
        $0.slots = 8
        $0.longestCallMilliseconds = 30
      }
      defer { workshop.remove() }
      let values = (0..<40).map { (key: "k\($0)", value: $0 == 11 ? "deadly" : "text \($0)") }
      try await log.produce(workshop.options.input, values)
      var deaths = 0
      while deaths < 12 {
        let worker = try WorkerProcess(workshop.options)
        defer { worker.signal(SIGKILL) }
        var isThrough = false
        try await log.wait("the worker dies or all is acknowledged", for: .seconds(60)) {
          isThrough = try await log.isAcknowledged(workshop.options.name, workshop.options.input)
          return isThrough || !worker.isRunning
        }
        if isThrough {
          worker.signal(SIGTERM)
          #expect(await worker.end(within: .seconds(30)))
          break
        }
        deaths += 1
      }
      #expect((1...5).contains(deaths), "\(deaths) deaths")
      try await workshop.checkOutputs(of: values, isMissing: ["deadly"])
      let letters = Collected<DeadLetter>()
      try await DeadLetters(kafka: log.kafka).list(workshop.options.input) {
        letters.append($0); return true
      }
      #expect(letters.all.map(\.record.value) == [Array("deadly".utf8)])
      #expect(letters.all.first?.reason == "process_died")
    }
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["HEADRACE_SOAK"] != nil, "HEADRACE_SOAK is not set"),
    .timeLimit(.minutes(30)), arguments: LogChoice.all)
  func G01_G04_G10_fiftyFaultsAtRandom(choice: LogChoice) async throws {
    var random = SeededGenerator(seed: UInt64(Date().timeIntervalSince1970))
    try await choice.withLog { log in
      let workshop = try await Workshop(log) {
        $0.shortestCallMilliseconds = 50
        $0.longestCallMilliseconds = 3_000
        $0.slots = 40
      }
      defer { workshop.remove() }
      let values = (0..<6_000).map { (key: "k\($0 % 200)", value: "text \($0)") }
      try await log.produce(workshop.options.input, values)
      var workers = try (0..<3).map { _ in try WorkerProcess(workshop.options) }
      defer { for worker in workers { worker.signal(SIGKILL) } }
      var crashes = 0
      for fault in 0..<50 {
        try await Task.sleep(for: .milliseconds(Int.random(in: 500...4_000, using: &random)))
        let index = workers.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          workers[index].signal(SIGKILL)
          _ = await workers[index].end(within: .seconds(5))
          crashes += 1
          workers[index] = try WorkerProcess(workshop.options)
        case 1:
          workers[index].signal(SIGSTOP)
          try await Task.sleep(for: .milliseconds(Int.random(in: 500...12_000, using: &random)))
          workers[index].signal(SIGCONT)
          crashes += 1
        default:
          workers[index].signal(SIGTERM)
          #expect(await workers[index].end(within: .seconds(45)), "fault \(fault): a graceful stop")
          workers[index] = try WorkerProcess(workshop.options)
        }
      }
      try await log.wait("all acknowledged", for: .seconds(600)) {
        try await log.isAcknowledged(workshop.options.name, workshop.options.input)
      }
      for worker in workers { worker.signal(SIGTERM) }
      for worker in workers { #expect(await worker.end(within: .seconds(45))) }
      try await workshop.checkOutputs(of: values)
      let account = try workshop.account()
      #expect(account.paidAfterFinish == 0)
      #expect(account.total <= values.count + workshop.options.slots * crashes + account.total / 10)
    }
  }
}
