internal import Glibc

/// The lock on a data folder, given back when released.
final class SystemLock: Sendable {
  private let file: any StoredFile

  /// - Parameter file: A file that is locked already.
  init(_ file: any StoredFile) { self.file = file }

  deinit {
    // To close is not enough: a child that another thread has forked and that has not come to its exec yet holds the
    // descriptor too, and with it the lock.
    flock(file.descriptor, LOCK_UN)
  }
}
