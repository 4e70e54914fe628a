/// A place in a listing: after this document. Written as `<milliseconds>~<id>`.
struct ListCursor: Sendable, Hashable {
  var time: Int64
  var id: DocumentID

  init(time: Int64, id: DocumentID) {
    self.time = time
    self.id = id
  }

  init?(_ text: String) {
    let parts = text.split(separator: "~", omittingEmptySubsequences: false)
    guard parts.count == 2, let time = Int64(parts[0]), let id = DocumentID(String(parts[1])) else { return nil }
    self.init(time: time, id: id)
  }

  var text: String { "\(time)~\(id)" }
}
