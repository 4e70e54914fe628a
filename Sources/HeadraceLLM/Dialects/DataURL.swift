/// The parts of `data:<media type>;base64,<data>`.
struct DataURL {
  var mediaType: String
  var base64: String

  init?(_ url: String) {
    guard url.hasPrefix("data:"), let comma = url.firstIndex(of: ",") else { return nil }
    let head = url[url.index(url.startIndex, offsetBy: 5)..<comma].split(separator: ";")
    guard head.last == "base64", let type = head.first else { return nil }
    mediaType = String(type)
    base64 = String(url[url.index(after: comma)...])
  }
}
