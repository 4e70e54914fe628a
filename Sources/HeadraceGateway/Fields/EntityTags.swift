internal import HeadraceHTTPServer

/// `If-None-Match` and `If-Match` (weak comparison for the first, as it should be for `GET`).
enum EntityTags {
  /// Whether one of the tags the client has is this one.
  static func matches(_ headers: HTTPHeaders, _ name: String, tag: String) -> Bool {
    headers.list(name).contains { candidate in
      candidate == "*" || withoutWeakness(candidate) == withoutWeakness(tag)
    }
  }

  private static func withoutWeakness(_ tag: String) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...] }
}
