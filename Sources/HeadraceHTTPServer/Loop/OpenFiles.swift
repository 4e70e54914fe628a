import Glibc

/// The process's limit on open files.
enum OpenFiles {
  /// Raises the soft limit as far as needed and allowed; returns how many connections may be open. An eighth of the
  /// descriptors, 64 to 1,024, is kept for everything else: an accept without a descriptor would spin.
  static func connectionLimit(wanted: Int) -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
    let needed = rlim_t(wanted + 1024)
    if limit.rlim_cur < needed {
      var raised = limit
      raised.rlim_cur = min(needed, limit.rlim_max)
      if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    let current = Int(clamping: limit.rlim_cur)
    return max(16, min(wanted, current - min(1024, max(64, current / 8))))
  }
}
