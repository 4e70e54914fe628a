import FoundationEssentials
import HeadraceCore
import Testing

@Suite struct ValuesTests {
  @Test func sha256KnowsItsVectors() {
    #expect(SHA256.hash("").hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(SHA256.hash("abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    var hash = SHA256()
    for _ in 0..<1000 { hash.update(Array(repeating: UInt8(ascii: "a"), count: 1000)) }
    #expect(hash.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func hex() {
    #expect([UInt8](hex: "00ffA1") == [0, 255, 161])
    #expect([UInt8](hex: "0") == nil)
    #expect([UInt8](hex: "zz") == nil)
    #expect([UInt8]([0, 255]).hex == "00ff")
  }

  @Test func uuids() {
    let seven = UUID.version7(at: Date(milliseconds: 1_795_503_156_120))
    #expect(seven.lowercased.hasPrefix("01a20c53-eb98-7"))
    let earlier = UUID.version7(at: Date(milliseconds: 1)), later = UUID.version7(at: Date(milliseconds: 2))
    #expect(earlier.lowercased < later.lowercased)
    #expect(UUID.version8(SHA256.hash("x")) == UUID.version8(SHA256.hash("x")))
    #expect(UUID.version8(SHA256.hash("x")).lowercased.dropFirst(14).first == "8")
  }

  @Test func money() throws {
    #expect(Money(amount: "0.0123")?.nanos == 12_300_000)
    #expect(Money(amount: "-1")?.amount == "-1")
    #expect(Money(nanos: 1).amount == "0.000000001")
    #expect(Money(amount: "1.0000000001") == nil)
    #expect(Money(amount: "x") == nil)
    let money = Money(nanos: 12_300_000)
    #expect(try JSONDecoder().decode(Money.self, from: JSONEncoder().encode(money)) == money)
  }

  @Test(arguments: [
    ("64 KiB", 65536), ("1GiB", 1 << 30), ("10MB", 10_000_000), ("4096", 4096), ("2k", 2048), ("7B", 7),
  ])
  func byteSizes(text: String, bytes: Int) { #expect(ByteSize(text)?.bytes == bytes) }

  @Test(arguments: ["", "-1", "1.5MB", "KiB", "9999999999999 GiB"])
  func notByteSizes(text: String) { #expect(ByteSize(text) == nil) }

  @Test func coordinates() {
    let coordinate = RecordCoordinate("document.uploads/3/17")
    #expect(coordinate?.description == "document.uploads/3/17")
    #expect(RecordCoordinate("a/b/1") == nil)
    #expect(RecordCoordinate("a/1/-1") == nil)
  }

  @Test func backoffStaysWithinItsBounds() {
    let policy = BackoffPolicy(initial: .seconds(1), maximum: .seconds(10))
    #expect(policy.bound(afterAttempt: 1) == .seconds(1))
    #expect(policy.bound(afterAttempt: 3) == .seconds(4))
    #expect(policy.bound(afterAttempt: 1000) == .seconds(10))
    for attempt in 1..<50 {
      #expect(policy.delay(afterAttempt: attempt) <= policy.bound(afterAttempt: attempt))
    }
    #expect(policy.delay(afterAttempt: 1, retryAfter: .seconds(7)) >= .seconds(7))
  }

  @Test func fingerprintsDoNotRunTogether() {
    let one = CallFingerprint(parts: [("a", "bc"), ("d", "e")])
    let two = CallFingerprint(parts: [("a", "b"), ("cd", "e")])
    #expect(one != two)
    #expect(one == CallFingerprint(parts: [("a", "bc"), ("d", "e")]))
  }
}
