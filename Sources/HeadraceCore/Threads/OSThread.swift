internal import CSystem
import Glibc

/// A thread of its own, for code that blocks: the cooperative pool has as many threads as cores, and a blocked one starves
/// it.
public final class OSThread: @unchecked Sendable {
  // Invariant: `handle` is written once before the initialiser returns and read by `join` only.
  private var handle = pthread_t()

  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Starts a thread that runs `body` once.
  ///
  /// - Parameters:
  ///   - name: What debuggers show; at most 15 bytes are kept.
  ///   - stackSize: In bytes; 512 KiB by default.
  ///   - body: What runs there; the thread ends with it.
  public init(name: String, stackSize: Int = 512 << 10, _ body: @escaping @Sendable () -> Void) {
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, max(stackSize, 64 << 10))
    let status = unsafe pthread_create(
      &handle, &attributes,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        unsafe headrace_set_thread_name(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    precondition(status == 0, "no thread can be started: \(unsafe String(cString: strerror(status)))")
  }

  /// Waits until the thread has ended. Call it once, or ``detach()``, never both; blocks the calling thread.
  public func join() { pthread_join(handle, nil) }

  /// Lets the thread clean up after itself.
  public func detach() { pthread_detach(handle) }

  /// Starts a thread that nobody waits for.
  public static func detached(name: String, stackSize: Int = 512 << 10, _ body: @escaping @Sendable () -> Void) {
    OSThread(name: name, stackSize: stackSize, body).detach()
  }
}
