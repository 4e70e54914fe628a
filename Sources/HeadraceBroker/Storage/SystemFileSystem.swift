internal import Glibc

/// The operating system's files.
struct SystemFileSystem: FileSystem {
  func open(_ path: String, _ mode: FileOpenMode) throws(FileError) -> any StoredFile {
    var flags = O_RDWR | O_CLOEXEC
    switch mode {
    case .existing: break
    case .create: flags |= O_CREAT
    case .replace: flags |= O_CREAT | O_TRUNC
    }
    let descriptor = try call("open", path) { unsafe Glibc.open(path, flags, 0o640) }
    return SystemFile(path: path, descriptor: descriptor)
  }

  func open(readOnly path: String) throws(FileError) -> any StoredFile {
    SystemFile(path: path, descriptor: try call("open", path) { unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC) })
  }

  func makeFolder(_ path: String) throws(FileError) {
    if unsafe mkdir(path, 0o750) == 0 { return }
    let number = errno
    if number == EEXIST { return }
    guard number == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw FileError(operation: "mkdir", path: path, number: number)
    }
    try makeFolder(String(path[..<slash]))
    let second = unsafe mkdir(path, 0o750)
    let numberOfSecond = errno
    if second != 0, numberOfSecond != EEXIST {
      throw FileError(operation: "mkdir", path: path, number: numberOfSecond)
    }
  }

  func rename(_ path: String, to target: String) throws(FileError) {
    _ = try call("rename", path) { unsafe Glibc.rename(path, target) }
  }

  func remove(_ path: String) throws(FileError) {
    do throws(FileError) {
      _ = try call("unlink", path) { unsafe unlink(path) }
    } catch {
      if !error.isMissing { throw error }
    }
  }

  func removeTree(_ path: String) throws(FileError) {
    for name in try list(path) {
      let inner = path + "/" + name
      var status = stat()
      guard unsafe lstat(inner, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        try removeTree(inner)
      } else {
        try remove(inner)
      }
    }
    do throws(FileError) {
      _ = try call("rmdir", path) { unsafe rmdir(path) }
    } catch {
      if !error.isMissing { throw error }
    }
  }

  func list(_ path: String) throws(FileError) -> [String] {
    guard let folder = unsafe opendir(path) else {
      let number = errno
      if number == ENOENT { return [] }
      throw FileError(operation: "opendir", path: path, number: number)
    }
    defer { unsafe _ = closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  func lock(_ path: String) throws(FileError) -> any Sendable {
    let file = try open(path, .create)
    _ = try call("flock", path) { flock(file.descriptor, LOCK_EX | LOCK_NB) }
    return SystemLock(file)
  }

  func syncFolder(_ path: String) throws(FileError) {
    let descriptor = try call("open", path) { unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    defer { close(descriptor) }
    _ = try call("fsync", path) { fsync(descriptor) }
  }

  private func call(_ operation: String, _ path: String, _ body: () -> Int32) throws(FileError) -> Int32 {
    while true {
      let result = body()
      let number = errno
      if result >= 0 { return result }
      if number != EINTR { throw FileError(operation: operation, path: path, number: number) }
    }
  }
}
