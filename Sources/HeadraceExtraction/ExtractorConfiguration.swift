/// How an ``Extractor`` works. The defaults suit a server of any size and need no file.
public struct ExtractorConfiguration: Sendable {
  /// The path of `headrace-extract`. Nil: the environment's `HEADRACE_EXTRACT`, else beside the running executable,
  /// else in `PATH`.
  public var executable: String?
  /// The most child processes at once. Default: one a core, since they do nothing but compute.
  public var children: Int
  /// What a document may cost.
  public var limits = ExtractionLimits()
  /// Whether children are shut into a sandbox of their own.
  public var sandbox = SandboxPolicy.automatic
  /// Optical recognition for PDFs without text and for pictures; nil (the default) leaves it off, since it costs seconds
  /// a page and guesses.
  public var opticalRecognition: OpticalRecognition?

  /// The defaults.
  public init() {
    children = Machine.cores
  }
}

/// Whether children run in a bubblewrap sandbox (no network, no files but the system's programs) besides their limits.
public enum SandboxPolicy: String, Sendable, Hashable, CaseIterable {
  /// Where bubblewrap works; the health says whether it does. The default.
  case automatic
  /// Without it nothing is read by a child.
  case required
  /// Never: resource limits alone.
  case off
}

/// How pictures of text are read, by `tesseract`.
public struct OpticalRecognition: Sendable, Hashable {
  /// tesseract's names of the languages to expect, most likely first: `eng`, `deu`, `jpn`.
  public var languages: [String]
  /// The most pages read in one document; those behind are left out, while `pages` still counts them. Default 50: a page takes
  /// seconds.
  public var maximumPages: Int

  /// Expects text in `languages`.
  public init(languages: [String] = ["eng"], maximumPages: Int = 50) {
    self.languages = languages
    self.maximumPages = maximumPages
  }
}
