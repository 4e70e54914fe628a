import FoundationEssentials
import HeadraceCore
import Testing

@testable import HeadraceDocuments

@Suite("Document ids")
struct DocumentIDTests {
  @Test func onlyUUIDsAreIds() {
    #expect(DocumentID("0199A2C4-7D1E-7A3B-8C5D-0123456789AB")?.description == "0199a2c4-7d1e-7a3b-8c5d-0123456789ab")
    for text in [
      "", "0199a2c4", "0199a2c4-7d1e-7a3b-8c5d-0123456789a", "0199a2c4-7d1e-7a3b-8c5d-0123456789ag", "../../../etc",
    ] {
      #expect(DocumentID(text) == nil)
    }
    #expect(DocumentID(key: nil) == nil)
    #expect(DocumentID(key: Array("0199a2c4-7d1e-7a3b-8c5d-0123456789ab".utf8)) != nil)
  }

  @Test func versionsSayHowAnIdWasMade() {
    func version(_ id: DocumentID) -> Character { Array(id.description)[14] }
    #expect(version(.random()) == "7")
    let key = IdempotencyKey(tenant: "a", key: "bc")
    #expect(version(.identity(of: key)) == "8")
    #expect(DocumentID.identity(of: key) == .identity(of: IdempotencyKey(tenant: "a", key: "bc")))
    #expect(DocumentID.identity(of: key) != .identity(of: IdempotencyKey(tenant: "ab", key: "c")))
  }
}
