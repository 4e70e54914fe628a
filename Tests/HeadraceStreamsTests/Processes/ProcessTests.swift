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
      try await Workshop.withWorkshop(log) { workshop in
        let values = (0..<1_200).map { (key: "k\($0 % 60)", value: "text \($0)") }
        try await log.produce(workshop.options.input, values)
        var workers = [try workshop.worker(), try workshop.worker()]
        defer { for worker in workers { worker.signal(SIGKILL) } }
        var kills = 0
        for _ in 0..<3 {
          try await workshop.waitForCalls(80)
          workers[0].signal(SIGKILL)
          _ = await workers[0].end(within: .seconds(5))
          kills += 1
          workers.removeFirst()
          workers.append(try workshop.worker())
        }
        try await workshop.waitUntilAcknowledged()
        for worker in workers { worker.signal(SIGTERM) }
        for worker in workers { #expect(await worker.end(within: .seconds(30)), "a graceful stop ends with success") }
        try await workshop.checkOutputs(of: values)
        let account = try workshop.account()
        #expect(account.paidAfterFinish.isEmpty, "finished calls were paid again")
        #expect(account.paid.count == values.count)
        #expect(account.paidAgain <= workshop.options.slots * kills)
      }
    }
  }

  @Test(arguments: LogChoice.all)
  func G04_G09_gracefulMovesPayNothingTwice(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let behaviour = BillingModel.Behaviour(shortest: .milliseconds(100), longest: .milliseconds(600))
      try await Workshop.withWorkshop(log, behaviour) { workshop in
        let values = (0..<500).map { (key: "k\($0 % 50)", value: "text \($0)") }
        try await log.produce(workshop.options.input, values)
        var workers = [try workshop.worker()]
        defer { for worker in workers { worker.signal(SIGKILL) } }
        for _ in 0..<3 {
          try await workshop.waitForCalls(40)
          workers.append(try workshop.worker())
          try await workshop.waitForCalls(40)
          workers[0].signal(SIGTERM)
          #expect(await workers[0].end(within: .seconds(20)))
          workers.removeFirst()
        }
        try await workshop.waitUntilAcknowledged()
        for worker in workers { worker.signal(SIGTERM) }
        for worker in workers { #expect(await worker.end(within: .seconds(30))) }
        try await workshop.checkOutputs(of: values)
        let account = try workshop.account()
        #expect(account.paid.count == values.count)
        #expect(account.paidAgain == 0, "a graceful move pays for nothing twice")
      }
    }
  }

  @Test(arguments: LogChoice.all)
  func G10_aFrozenMemberMakesNothingVisibleWhenItWakes(choice: LogChoice) async throws {
    try await choice.withLog { log in
      try await Workshop.withWorkshop(log) { workshop in
        let values = (0..<800).map { (key: "k\($0 % 40)", value: "text \($0)") }
        try await log.produce(workshop.options.input, values)
        let zombie = try workshop.worker(0)
        defer { zombie.signal(SIGKILL) }
        try await log.wait("work goes on") { workshop.paidSoFar >= 100 }
        zombie.signal(SIGSTOP)
        let successor = try workshop.worker(1)
        defer { successor.signal(SIGKILL) }
        try await workshop.waitForCalls(100)
        zombie.signal(SIGCONT)
        try await workshop.waitUntilAcknowledged()
        for worker in [zombie, successor] { worker.signal(SIGTERM) }
        #expect(await successor.end(within: .seconds(30)))
        #expect(await zombie.end(within: .seconds(30)))
        try await workshop.checkOutputs(of: values)
        let account = try workshop.account()
        #expect(account.paidAfterFinish.isEmpty)
        #expect(account.paidAgain <= workshop.options.slots)
      }
    }
  }

  @Test func G07_aRecordThatKillsItsProcessBecomesADeadLetter() async throws {
    try await LogChoice.embedded.withLog { log in
      let behaviour = BillingModel.Behaviour(shortest: .milliseconds(10), longest: .milliseconds(30))
      try await Workshop.withWorkshop(log, partitions: 1, behaviour) {
        $0.deadlyValue = "deadly"
        $0.instance = "worker-1"
        $0.maximumAttempts = 3
        $0.slots = 8
      } _: { workshop in
        let values = (0..<40).map { (key: "k\($0)", value: $0 == 11 ? "deadly" : "text \($0)") }
        try await log.produce(workshop.options.input, values)
        var deaths = 0
        while deaths < 12 {
          let worker = try workshop.worker()
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
        try await workshop.checkOutputs(of: values) { $0 == "deadly" }
        let letters = Collected<DeadLetter>()
        try await DeadLetters(kafka: log.kafka).list(workshop.options.input) {
          letters.append($0)
          return true
        }
        #expect(letters.all.first?.reason == "process_died")
      }
    }
  }
}
