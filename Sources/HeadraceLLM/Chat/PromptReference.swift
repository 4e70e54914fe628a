internal import HeadraceCore

/// Which prompt the messages were made with: part of a request's fingerprint and of every output's provenance.
public struct PromptReference: Sendable, Hashable, Codable {
  /// Name of the prompt, e.g. `document-metadata`.
  public var id: String
  /// Its version.
  public var version: String
  /// SHA-256 of the template before anything was filled in, in hex: a changed template with a forgotten version counts
  /// as another prompt.
  public var templateHash: String

  /// Makes a reference with a known hash.
  public init(id: String, version: String, templateHash: String) {
    self.id = id
    self.version = version
    self.templateHash = templateHash
  }

  /// Makes a reference of the template's text.
  public init(id: String, version: String, template: String) {
    var hash = SHA256()
    hash.update(Array(template.utf8))
    self.init(id: id, version: version, templateHash: hash.finalize().hex)
  }
}
