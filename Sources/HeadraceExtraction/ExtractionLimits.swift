/// What a document may cost. Every number is a bound that holds whatever the document claims about itself.
public struct ExtractionLimits: Sendable, Hashable {
  /// The largest document taken, in bytes. Default 256 MiB.
  public var maximumInputBytes = 256 << 20
  /// The most text that a document may give, in bytes of UTF-8. Default 64 MiB.
  public var maximumOutputBytes = 64 << 20
  /// The most that the parts of a zip file may hold together once inflated, in bytes. Default 256 MiB.
  public var maximumInflatedBytes = 256 << 20
  /// The most that one part of a zip file may hold once inflated, in bytes. Default 64 MiB.
  public var maximumPartBytes = 64 << 20
  /// The most entries in a zip file. Default 10,000.
  public var maximumZipEntries = 10_000
  /// A child's address space, in bytes. Default 1 GiB.
  public var memoryBytes = 1 << 30
  /// A child's processor time, in seconds; the kernel ends it five seconds later if it does not listen. Default 30.
  public var cpuSeconds = 30
  /// The same for a PDF of more than a thousand pages. Default 120: about 200 pages are read in a second.
  public var cpuSecondsOfLongDocuments = 120
  /// The largest file a child may write, in bytes. Default 64 MiB.
  public var maximumFileBytes = 64 << 20
  /// The most descriptors a child may hold. Default 64.
  public var maximumDescriptors = 64
  /// How much of a child's complaints is kept, in bytes. Default 8 KiB.
  public var maximumErrorBytes = 8 << 10

  /// The defaults, each as its own comment says.
  public init() {}
}
