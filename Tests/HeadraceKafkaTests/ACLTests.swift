import HeadraceKafka
import Testing

/// The rules of the authorizer: on the embedded broker and on a Kafka without one there are none; a Kafka with one is named to
/// `ops/soak/kafka-newer`.
@Suite("ACLs", .timeLimit(.minutes(1 * TestKafka.patience)))
struct ACLTests {
  @Test(arguments: TestKafka.brokers)
  func rulesComeAndGo(broker: TestKafka.Broker) async throws {
    let admin = try await TestKafka.admin(broker)
    let user = "User:" + uniqueName("u")
    let topic = uniqueName("acl")
    let reads = ACLBinding(.allow, .read, on: .topic(topic), to: user)
    let never = ACLBinding(.deny, .all, on: ACLResource(.group, topic, isPrefix: true), to: user, from: "10.0.0.1")
    let administers = ACLBinding(.allow, .alterConfigs, on: .cluster, to: user)
    let all = [reads, never, administers]
    do throws(KafkaError) {
      let refused = try await admin.createACLs(all)
      #expect(refused.isEmpty)
    } catch {
      // No authorizer: a clear answer, from each of the calls.
      #expect(error.code == .securityDisabled)
      #expect(!error.isRetriable)
      #expect(error.name == "SECURITY_DISABLED")
      let described = await #expect(throws: KafkaError.self) { _ = try await admin.acls() }
      #expect(described?.code == .securityDisabled)
      let deleted = await #expect(throws: KafkaError.self) { try await admin.deleteACLs(matching: ACLFilter(reads)) }
      #expect(deleted?.code == .securityDisabled)
      return
    }
    #expect(!broker.isEmbedded)
    let mine = ACLFilter(principal: user)
    try await eventually { try await Set(admin.acls(matching: mine)) == Set(all) }
    #expect(try await admin.acls(matching: ACLFilter(kind: .topic, name: topic, principal: user)) == [reads])
    // What applies to a group of that beginning, by whatever pattern.
    let applying = ACLFilter(kind: .group, name: topic + "-7", pattern: .applying, principal: user)
    #expect(try await admin.acls(matching: applying) == [never])
    // Twice is fine.
    #expect(try await admin.createACLs([reads]).isEmpty)
    #expect(try await admin.deleteACLs(matching: ACLFilter(reads)) == [reads])
    try await eventually { try await Set(admin.acls(matching: mine)) == [never, administers] }
    #expect(try await Set(admin.deleteACLs(matching: mine)) == [never, administers])
    try await eventually { try await admin.acls(matching: mine).isEmpty }
  }

  @Test func whatLibrdkafkaHasNoNameForIsRefusedNamingTheVersion() async throws {
    guard !LibraryVersion.isAtLeast(2, 6, 0) else { return }
    let admin = try KafkaAdmin(configuration: KafkaConfiguration(bootstrapServers: "127.0.0.1:1"))
    let rule = ACLBinding(.allow, .write, on: ACLResource(.transactionalID, "t"), to: "User:a")
    let error = await #expect(throws: KafkaError.self) { try await admin.createACLs([rule]) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("needs librdkafka ≥ 2.6.0") == true)
    await admin.close()
  }
}
