internal import CSystem
internal import Glibc
internal import HeadraceExtraction

/// What the program `headrace-extract` does: reads one document from its standard input, as the type that it is told, and
/// prints frames. It is started by the extractor, with the limits already in force.
package enum HelperMain {
  /// Runs the program with the arguments it was started with; returns its exit status.
  package static func run() -> Int32 {
    var count: Int32 = 0
    guard let list = unsafe headrace_arguments(&count) else { return usage() }
    let arguments = (0..<Int(count)).compactMap { index in unsafe list[index].map { unsafe String(cString: $0) } }
    return run(Array(arguments.dropFirst()))
  }

  /// Runs the program; returns its exit status.
  package static func run(_ arguments: [String]) -> Int32 {
    if arguments.first == "--probe" {
      print("headrace-extract")
      return 0
    }
    guard let word = arguments.first, let type = DocumentType(rawValue: word) else { return usage() }
    guard let document = MappedBytes(descriptor: 0) else {
      complain("The document cannot be read.")
      return 1
    }
    var input = FormatInput(document)
    var rest = arguments.dropFirst()
    while let option = rest.popFirst() {
      guard let value = rest.popFirst() else { return usage() }
      switch option {
      case "--charset": input.charset = value
      case "--inflated": input.maximumInflatedBytes = Int(value) ?? input.maximumInflatedBytes
      case "--part": input.maximumPartBytes = Int(value) ?? input.maximumPartBytes
      case "--entries": input.maximumZipEntries = Int(value) ?? input.maximumZipEntries
      default: return usage()
      }
    }
    unsafe FormatTable.read(input, as: type, into: TextSink { unsafe printAll($0) })
    return 0
  }

  private static func printAll(_ bytes: UnsafeRawBufferPointer) {
    var written = 0
    while written < bytes.count {
      let count = unsafe write(1, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      if count < 0, errno == EINTR { continue }
      // Nobody listens any more.
      guard count > 0 else { exit(1) }
      written += count
    }
  }

  private static func usage() -> Int32 {
    let types = DocumentType.allCases.filter { FormatTable.reader(of: $0) != nil }.map(\.rawValue)
    complain(
      """
      usage: headrace-extract \(types.joined(separator: "|")) [--charset NAME] [--inflated BYTES] [--part BYTES] \
      [--entries N] < DOCUMENT
      The child process of headrace for documents of these formats. It prints frames, not text: use headrace extract.
      """)
    return 2
  }

  private static func complain(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = unsafe write(2, $0.baseAddress, $0.count) }
  }
}
