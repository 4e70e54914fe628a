/// How a database file is opened.
public struct SQLiteConfiguration: Sendable {
  /// How long a statement waits for a lock that another process holds. Default 5 s: longer than any checkpoint.
  public var busyTimeout: Duration = .seconds(5)

  /// Connections that only read, each with a thread. Default 2: one long listing does not hold up single look-ups.
  public var readerCount = 2

  /// What a committed transaction survives. Default ``Durability/processCrash``.
  public var durability = Durability.processCrash

  /// Memory for pages of the file, for each connection, in bytes. Default 8 MiB.
  public var cacheSize = 8 << 20

  /// The defaults.
  public init() {}

  /// What a committed transaction survives.
  public enum Durability: Sendable {
    /// A crash of the process, and of the machine without damage to the file (the last transactions may be undone).
    case processCrash
    /// A crash of the machine too: every commit waits for the disk.
    case powerLoss
  }
}
