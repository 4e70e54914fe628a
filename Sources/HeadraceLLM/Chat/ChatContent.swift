/// A piece of a message.
public enum ChatContent: Sendable, Hashable {
  /// Plain text.
  case text(String)
  /// An image by reference: an `https` URL that the provider fetches, or a `data:` URL.
  case image(url: String)
  /// A file by reference, with its media type: an `https` URL, a provider's file URI, or a `data:` URL.
  case file(url: String, mediaType: String)

  /// The text, when it is text.
  public var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}
