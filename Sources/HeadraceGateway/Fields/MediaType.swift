/// A media type with the parameters that matter here.
struct MediaType: Sendable, Hashable {
  /// `text/plain`, in lower case and without parameters.
  let essence: String
  let parameters: [String: String]

  /// Bytes of which nothing is said.
  static let bytes = MediaType(essence: "application/octet-stream", parameters: [:])

  private init(essence: String, parameters: [String: String]) {
    self.essence = essence
    self.parameters = parameters
  }

  init?(_ text: String) {
    guard let list = ParameterList(text) else { return nil }
    let parts = list.value.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    essence = list.value
    parameters = list.parameters
  }
}
