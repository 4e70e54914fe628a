internal import CSystem
internal import Glibc

/// Tells the thread that waits for a child that nobody needs it any more.
package final class ChildCancellation: Sendable {
  /// Readable once cancelled; closed with this object.
  let descriptor: Int32

  /// Nil when the process has no descriptor left.
  package init?() {
    let descriptor = headrace_eventfd()
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
  }

  /// May be called from any thread, any number of times.
  package func cancel() {
    var one: UInt64 = 1
    _ = unsafe write(descriptor, &one, 8)
  }

  deinit { close(descriptor) }
}
