internal import Glibc

/// Facts about the machine.
package enum Machine {
  /// Processor cores in use.
  package static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
