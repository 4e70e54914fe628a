/// Who sent a request, as a handler sees it.
protocol RequestPeer: AnyObject {
  /// The address, as groups show it: "/127.0.0.1".
  var host: String { get }
  /// Whether the client closed its end. A system call.
  var isGone: Bool { get }
  /// Whether the broker stops and wants its threads back.
  var isStopping: Bool { get }
  /// From now on a stop interrupts `waiter`; if it stops already, it is interrupted at once.
  func park(_ waiter: any Interruptible)
  func unpark()
}
