import Glibc

/// What a thread of the broker must not be interrupted by.
enum SignalMask {
  /// `sendfile` has no MSG_NOSIGNAL: a client that went away would end the process.
  static func blockBrokenPipe() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  }
}
