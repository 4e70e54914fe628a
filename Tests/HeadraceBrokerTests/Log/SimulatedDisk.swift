import Glibc

@testable import HeadraceBroker

/// A disk in memory that can lose power: what was written since the last sync survives in part, torn, or not at all;
/// names that were not synced with their folder are lost from some point on.
final class SimulatedDisk: FileSystem {
  /// What a crash takes.
  enum Crash: CaseIterable {
    /// `kill -9`: all that the operating system was given is there.
    case process
    /// A power cut.
    case power
  }

  /// Faults of the disk, besides crashes.
  struct Faults {
    /// From this call on the disk answers nothing but errors, and nothing of it changes.
    var crashAtCall = Int.max
    /// Bytes that all files together may take.
    var capacity = Int.max
    /// The sync, counted from 1, of a segment or of the first journal file that fails.
    var failingSync = 0
    /// The call of `write` that fails with EIO.
    var failingWrite = 0
    /// Writes write only a part, now and then.
    var shortWrites = false
  }

  private enum Change {
    case write(Int, [UInt8])
    case truncate(Int)
  }

  private final class Node {
    var durable: [UInt8] = []
    var current: [UInt8] = []
    var pending: [Change] = []
  }

  private enum NameChange {
    case file(String, Node)
    case folder(String)
    case removal(String)
    case removedFolder(String)

    var path: String {
      switch self {
      case .file(let path, _), .folder(let path), .removal(let path), .removedFolder(let path): path
      }
    }
  }

  private struct State {
    var names: [String: Node] = [:]
    var folders: Set<String> = ["/"]
    var durableNames: [String: Node] = [:]
    var durableFolders: Set<String> = ["/"]
    var nameChanges: [NameChange] = []
    var faults = Faults()
    var calls = 0
    var syncs = 0
    var writes = 0
    var random: SeededGenerator

    var isCrashed: Bool { calls >= faults.crashAtCall }
    var used: Int { names.values.reduce(0) { $0 + $1.current.count } }
  }

  // Nodes are touched under this lock alone.
  private let state: Guarded<State>

  let bootIdentifier: UInt64

  init(seed: UInt64 = 1, boot: UInt64 = 1) {
    bootIdentifier = boot
    state = Guarded(State(random: SeededGenerator(seed: seed)))
  }

  var calls: Int { state.withLock { $0.calls } }
  var writes: Int { state.withLock { $0.writes } }
  var syncs: Int { state.withLock { $0.syncs } }
  var hasCrashed: Bool { state.withLock { $0.isCrashed } }
  func set(_ change: (inout Faults) -> Void) { state.withLock { change(&$0.faults) } }

  /// The disk as the next start finds it.
  func survivor(_ crash: Crash, seed: UInt64) -> SimulatedDisk {
    let disk = SimulatedDisk(seed: seed, boot: crash == .power ? bootIdentifier + 1 : bootIdentifier)
    var random = SeededGenerator(seed: seed)
    state.withLock { (state: inout State) in
      var files: [String: [UInt8]] = [:]
      var folders = state.folders
      switch crash {
      case .process:
        for (path, node) in state.names { files[path] = node.current }
      case .power:
        var names = state.durableNames
        folders = state.durableFolders
        for change in state.nameChanges.prefix(Int.random(in: 0...state.nameChanges.count, using: &random)) {
          Self.apply(change, to: &names, &folders)
        }
        for (path, node) in names {
          var content = node.durable
          for change in node.pending where Bool.random(using: &random) {
            switch change {
            case .write(let position, let bytes):
              let kept =
                Int.random(in: 0..<4, using: &random) == 0
                ? Int.random(in: 0...bytes.count, using: &random) : bytes.count
              Self.write(Array(bytes.prefix(kept)), at: position, to: &content)
            case .truncate(let size): Self.truncate(&content, to: size)
            }
          }
          files[path] = content
        }
        files = files.filter { folders.contains(Self.parent($0.key)) }
      }
      disk.adopt(files, folders)
    }
    return disk
  }

  private func adopt(_ files: [String: [UInt8]], _ folders: Set<String>) {
    state.withLock { state in
      state.folders = folders
      state.durableFolders = folders
      for (path, content) in files {
        let node = Node()
        node.current = content
        node.durable = content
        state.names[path] = node
        state.durableNames[path] = node
      }
    }
  }

  // MARK: FileSystem

  func open(_ path: String, _ mode: FileOpenMode) throws(FileError) -> any StoredFile {
    let node = try change("open", path) { (state) throws(FileError) -> Node in
      if let node = state.names[path] {
        if mode == .replace, !node.current.isEmpty {
          node.current = []
          node.pending.append(.truncate(0))
        }
        return node
      }
      guard mode != .existing, state.folders.contains(Self.parent(path)) else {
        throw FileError(operation: "open", path: path, number: ENOENT)
      }
      let node = Node()
      Self.note(.file(path, node), &state)
      return node
    }
    return File(disk: self, node: node, path: path)
  }

  func makeFolder(_ path: String) throws(FileError) {
    try change("mkdir", path) { (state) throws(FileError) in
      var missing: [String] = []
      var folder = path
      while !state.folders.contains(folder) {
        missing.append(folder)
        folder = Self.parent(folder)
      }
      for folder in missing.reversed() { Self.note(.folder(folder), &state) }
    }
  }

  func rename(_ path: String, to target: String) throws(FileError) {
    try change("rename", path) { (state) throws(FileError) in
      guard let node = state.names[path] else { throw FileError(operation: "rename", path: path, number: ENOENT) }
      Self.note(.removal(path), &state)
      Self.note(.file(target, node), &state)
    }
  }

  func remove(_ path: String) throws(FileError) {
    try change("unlink", path) { (state) throws(FileError) in
      if state.names[path] != nil { Self.note(.removal(path), &state) }
    }
  }

  func removeTree(_ path: String) throws(FileError) {
    try change("rmdir", path) { (state) throws(FileError) in
      for name in state.names.keys where name.hasPrefix(path + "/") { Self.note(.removal(name), &state) }
      if state.folders.contains(path) { Self.note(.removedFolder(path), &state) }
    }
  }

  func list(_ path: String) throws(FileError) -> [String] {
    state.withLock { state in
      (Array(state.names.keys) + Array(state.folders)).filter { $0 != "/" && Self.parent($0) == path }
        .map { String($0.dropFirst(path.count + 1)) }
    }
  }

  func lock(_ path: String) throws(FileError) -> any Sendable { path }

  func syncFolder(_ path: String) throws(FileError) {
    try change("fsync", path) { (state) throws(FileError) in
      // The folder's own changes, and all that were made before them.
      guard let last = state.nameChanges.lastIndex(where: { Self.parent($0.path) == path }) else { return }
      for change in state.nameChanges[...last] { Self.apply(change, to: &state.durableNames, &state.durableFolders) }
      state.nameChanges.removeSubrange(...last)
    }
  }

  // MARK: Helpers

  private func change<R>(
    _ operation: String, _ path: String, _ body: (inout State) throws(FileError) -> R
  ) throws(FileError) -> R {
    let result: Result<R, FileError> = state.withLock { (state: inout State) in
      state.calls += 1
      if state.isCrashed { return .failure(FileError(operation: operation, path: path, number: EIO)) }
      do throws(FileError) { return .success(try body(&state)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private static func note(_ change: NameChange, _ state: inout State) {
    state.nameChanges.append(change)
    apply(change, to: &state.names, &state.folders)
  }

  private static func apply(_ change: NameChange, to names: inout [String: Node], _ folders: inout Set<String>) {
    switch change {
    case .file(let path, let node): names[path] = node
    case .folder(let path): folders.insert(path)
    case .removal(let path): names[path] = nil
    case .removedFolder(let path): folders.remove(path)
    }
  }

  private static func parent(_ path: String) -> String {
    let parent = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    return parent.isEmpty ? "/" : String(parent)
  }

  private static func write(_ bytes: [UInt8], at position: Int, to content: inout [UInt8]) {
    if content.count < position { content += [UInt8](repeating: 0, count: position - content.count) }
    let overlap = min(bytes.count, content.count - position)
    content.replaceSubrange(position..<(position + overlap), with: bytes[..<overlap])
    content += bytes[overlap...]
  }

  private static func truncate(_ content: inout [UInt8], to size: Int) {
    if content.count > size {
      content.removeSubrange(size...)
    } else {
      content += [UInt8](repeating: 0, count: size - content.count)
    }
  }

  // MARK: Files

  private final class File: StoredFile, @unchecked Sendable {
    let disk: SimulatedDisk
    let node: Node
    let path: String
    var descriptor: Int32 { -1 }

    init(disk: SimulatedDisk, node: Node, path: String) {
      self.disk = disk
      self.node = node
      self.path = path
    }

    func writeSome(_ first: ByteView, _ second: ByteView, at position: Int64) throws(FileError) -> Int {
      let bytes = first.array() + second.array()
      let result: Result<Int, FileError> = disk.state.withLock { (state: inout State) in
        state.calls += 1
        state.writes += 1
        var count = bytes.count
        var number = EIO
        if state.calls > state.faults.crashAtCall {
          return .failure(FileError(operation: "write", path: path, number: EIO))
        }
        if state.isCrashed || state.writes == state.faults.failingWrite {
          // The crash comes in the middle of it.
          count = Int.random(in: 0...count, using: &state.random)
        } else if state.faults.shortWrites, Int.random(in: 0..<4, using: &state.random) == 0 {
          count = Int.random(in: min(1, count)...count, using: &state.random)
        }
        let growth = max(0, Int(position) + count - node.current.count)
        let free = state.faults.capacity == .max ? Int.max : state.faults.capacity - state.used
        if growth > free {
          count = max(0, count - (growth - max(0, free)))
          number = ENOSPC
          if count == 0 { return .failure(FileError(operation: "write", path: path, number: ENOSPC)) }
        }
        let part = Array(bytes.prefix(count))
        SimulatedDisk.write(part, at: Int(position), to: &node.current)
        node.pending.append(.write(Int(position), part))
        if state.isCrashed || state.writes == state.faults.failingWrite {
          return .failure(FileError(operation: "write", path: path, number: number))
        }
        return .success(count)
      }
      return try result.get()
    }

    func readSome(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
      disk.state.withLock { _ in
        guard position < node.current.count else { return 0 }
        let count = min(buffer.count, node.current.count - Int(position))
        buffer.copyBytes(from: node.current[Int(position)..<(Int(position) + count)])
        return count
      }
    }

    func sync() throws(FileError) {
      try disk.change("fdatasync", path) { (state) throws(FileError) in
        let counts = path.hasSuffix(".log") || path.hasSuffix("journal.0")
        if counts { state.syncs += 1 }
        if counts, state.syncs == state.faults.failingSync {
          // As Linux: the pages count as clean now, and are lost.
          node.pending = []
          throw FileError(operation: "fdatasync", path: path, number: EIO)
        }
        node.durable = node.current
        node.pending = []
      }
    }

    func truncate(to size: Int64) throws(FileError) {
      try disk.change("ftruncate", path) { (_) throws(FileError) in
        SimulatedDisk.truncate(&node.current, to: Int(size))
        node.pending.append(.truncate(Int(size)))
      }
    }

    func size() throws(FileError) -> Int64 { disk.state.withLock { _ in Int64(node.current.count) } }
  }
}
