/// What one child process may use.
package struct ChildLimits: Sendable, Hashable {
  /// Address space, in bytes.
  package var memoryBytes: Int
  /// Processor time after which the kernel asks it to end, in seconds.
  package var cpuSeconds: Int
  /// The largest file it may write, in bytes.
  package var fileBytes: Int
  /// Open descriptors.
  package var descriptors: Int
  /// Bytes it may print.
  package var outputBytes: Int
  /// Bytes of complaints that are kept.
  package var errorBytes: Int

  /// Processor time after which the kernel kills it: later than the soft limit, since at the same second it would be a kill
  /// at once, which cannot be told from a lack of memory.
  package var hardCPUSeconds: Int { cpuSeconds + 5 }
  /// The longest by the clock, in seconds.
  package var wallSeconds: Int { 2 * cpuSeconds }

  /// The limits of `limits` for one child.
  package init(_ limits: ExtractionLimits, cpuSeconds: Int? = nil) {
    memoryBytes = limits.memoryBytes
    self.cpuSeconds = cpuSeconds ?? limits.cpuSeconds
    fileBytes = limits.maximumFileBytes
    descriptors = limits.maximumDescriptors
    outputBytes = limits.maximumOutputBytes
    errorBytes = limits.maximumErrorBytes
  }
}
