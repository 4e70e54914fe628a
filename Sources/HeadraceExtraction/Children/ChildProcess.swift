internal import CSystem
internal import Glibc
internal import HeadraceCore

/// One child process from start to end, on the calling thread: its limits, its output, its clock, its group's death.
///
/// Blocks: call it on a thread of its own (``run(_:in:input:limits:cancellation:output:)`` does not touch the pool).
package enum ChildProcess {
  /// A program and its arguments.
  package struct Command: Sendable {
    package var program: String
    package var arguments: [String]

    package init(_ program: String, _ arguments: [String]) {
      self.program = program
      self.arguments = arguments
    }
  }

  /// Runs `command` in `sandbox` with `input` as its standard input; `output` gets what it prints, piece by piece, and says
  /// whether to go on. Nil when it could not be started.
  package static func run(
    _ command: Command, in sandbox: Sandbox, input: Int32, limits: ChildLimits, cancellation: ChildCancellation,
    output: (UnsafeRawBufferPointer) -> Bool
  ) -> ChildOutcome? {
    guard let outputs = Pipe(), let errors = Pipe(), let folder = sandbox.makeWorkFolder() else { return nil }
    defer { folder.remove() }
    let argv = sandbox.commandLine(for: command)
    guard
      let child = start(argv, in: sandbox, folder: folder.path, input: input, outputs, errors, limits: limits)
    else { return nil }
    outputs.closeWriting()
    errors.closeWriting()
    var watch = Watch(child: child, outputs: outputs, errors: errors, limits: limits, cancellation: cancellation)
    return unsafe watch.untilEnd(output)
  }

  fileprivate struct Child {
    var process: pid_t
    var handle: Int32
  }

  private static func start(
    _ argv: [String], in sandbox: Sandbox, folder: String?, input: Int32, _ outputs: borrowing Pipe,
    _ errors: borrowing Pipe, limits: ChildLimits
  ) -> Child? {
    var description = unsafe headrace_child()
    unsafe description.input = input
    unsafe description.output = outputs.writing
    unsafe description.errors = errors.writing
    unsafe description.drop = sandbox.user != nil
    unsafe description.user = sandbox.user ?? 0
    unsafe description.group = sandbox.user ?? 0
    unsafe description.no_new_rights = sandbox.bubblewrap == nil
    unsafe description.limits.address_space = UInt64(limits.memoryBytes)
    unsafe description.limits.cpu_soft = UInt64(limits.cpuSeconds)
    unsafe description.limits.cpu_hard = UInt64(limits.hardCPUSeconds)
    unsafe description.limits.file_size = UInt64(limits.fileBytes)
    unsafe description.limits.descriptors = UInt64(limits.descriptors)
    var child = Child(process: 0, handle: -1)
    let status = unsafe CStrings.with(argv) { arguments in
      unsafe CStrings.with(["LC_ALL=C.UTF-8"]) { environment in
        unsafe CStrings.with([folder ?? ""]) { folders in
          unsafe description.path = UnsafePointer(arguments[0])
          unsafe description.arguments = UnsafePointer(arguments)
          unsafe description.environment = UnsafePointer(environment)
          unsafe description.folder = folder == nil ? nil : UnsafePointer(folders[0])
          return unsafe headrace_spawn(&description, &child.process, &child.handle)
        }
      }
    }
    return status == 0 ? child : nil
  }
}

/// Strings as C wants them, for the length of a call.
private enum CStrings {
  static func with<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
  }
}

/// The two ends of a pipe.
private final class Pipe {
  let reading: Int32
  private(set) var writing: Int32

  init?() {
    var ends: [Int32] = [-1, -1]
    guard unsafe headrace_pipe(&ends) == 0 else { return nil }
    reading = ends[0]
    writing = ends[1]
    _ = fcntl(reading, F_SETFL, O_NONBLOCK)
  }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  deinit {
    close(reading)
    closeWriting()
  }
}

/// Waits for a child: reads what it prints, and ends it when it takes too long, prints too much or is not needed.
private struct Watch {
  private let child: ChildProcess.Child
  private let outputs: Pipe
  private let errors: Pipe
  private let limits: ChildLimits
  private let cancellation: ChildCancellation
  private var stop: ChildOutcome.Stop?
  private var complaints: [UInt8] = []
  private var printed = 0
  private var outputEnded = false
  private var errorsEnded = false

  init(
    child: ChildProcess.Child, outputs: Pipe, errors: Pipe, limits: ChildLimits, cancellation: ChildCancellation
  ) {
    self.child = child
    self.outputs = outputs
    self.errors = errors
    self.limits = limits
    self.cancellation = cancellation
  }

  mutating func untilEnd(_ output: (UnsafeRawBufferPointer) -> Bool) -> ChildOutcome {
    let deadline = ContinuousClock.now + .seconds(limits.wallSeconds)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { unsafe buffer.deallocate() }
    defer { close(child.handle) }
    var hasExited = false
    while !hasExited {
      let left = ContinuousClock.now.duration(to: deadline)
      if left <= .zero {
        end(.wallClock)
        break
      }
      var polled = [
        pollfd(fd: child.handle, events: Int16(POLLIN), revents: 0),
        pollfd(fd: cancellation.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: outputEnded ? -1 : outputs.reading, events: Int16(POLLIN), revents: 0),
        pollfd(fd: errorsEnded ? -1 : errors.reading, events: Int16(POLLIN), revents: 0),
      ]
      let milliseconds = Int32(
        clamping: left.components.seconds * 1000 + 1 + left.components.attoseconds / 1_000_000_000_000_000)
      let count = unsafe poll(&polled, 4, milliseconds)
      if count < 0 {
        precondition(errno == EINTR, "poll(2) failed: \(errno)")
        continue
      }
      if polled[1].revents != 0 {
        end(.cancelled)
        break
      }
      if polled[2].revents != 0 { unsafe readOutput(buffer, output) }
      if polled[3].revents != 0 { unsafe readErrors(buffer) }
      if stop != nil { break }
      hasExited = polled[0].revents != 0
    }
    // What it started goes with it; after that both pipes end.
    kill(-child.process, SIGKILL)
    let (ending, seconds) = reap()
    unsafe drain(buffer, output)
    return ChildOutcome(
      ending: ending, stop: stop, complaints: String(decoding: complaints, as: UTF8.self), cpuSeconds: seconds)
  }

  private mutating func end(_ cause: ChildOutcome.Stop) {
    if stop == nil { stop = cause }
    ProcessTree.kill(child.process)
  }

  private mutating func readOutput(_ buffer: UnsafeMutableRawBufferPointer, _ output: (UnsafeRawBufferPointer) -> Bool)
  {
    guard let count = unsafe Self.read(outputs.reading, buffer) else { return }
    if count == 0 {
      outputEnded = true
      return
    }
    printed += count
    // Frames add a little to the text itself.
    let isTooMuch = printed > limits.outputBytes + limits.outputBytes / 8 + (1 << 20)
    if unsafe isTooMuch || !output(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { end(.output) }
  }

  private mutating func readErrors(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let count = unsafe Self.read(errors.reading, buffer) else { return }
    if count == 0 {
      errorsEnded = true
      return
    }
    let room = max(0, limits.errorBytes - complaints.count)
    unsafe complaints.append(contentsOf: buffer[..<min(room, count)])
  }

  /// What is left in the pipes after everybody who could write is gone.
  private mutating func drain(_ buffer: UnsafeMutableRawBufferPointer, _ output: (UnsafeRawBufferPointer) -> Bool) {
    while stop == nil, !outputEnded {
      let before = printed
      unsafe readOutput(buffer, output)
      if printed == before { break }
    }
    for _ in 0..<64 where !errorsEnded {
      let before = complaints.count
      unsafe readErrors(buffer)
      if complaints.count == before { break }
    }
  }

  private func reap() -> (ChildOutcome.Ending, Double) {
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(child.process, &status, 0, &usage) < 0 {
      // Somebody else in the process reaps every child: all that is known is that it is gone.
      if errno != EINTR { return (.exited(0), 0) }
    }
    let seconds =
      Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    let signal = status & 0x7f
    return (signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal), seconds)
  }

  /// Bytes read; 0 at the end; nil when there is nothing yet.
  private static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : 0 }
    return count
  }
}
