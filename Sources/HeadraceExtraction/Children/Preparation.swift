internal import Glibc
internal import Synchronization

/// What the extractor found on the machine.
struct Prepared: Sendable {
  var helper: String?
  var sandbox: Sandbox?
  var poppler: PopplerPrograms?
  var tesseract: String?
  var health: ExtractorHealth
}

/// poppler's programs, by their paths.
struct PopplerPrograms: Sendable {
  var text: String
  var info: String
  var images: String
  var paint: String
}

/// Looks for helper, programs and a sandbox that works: once, whoever asks first.
final class Preparation: Sendable {
  private let configuration: ExtractorConfiguration
  private let once = Mutex<Task<Prepared, Never>?>(nil)
  private let found = Mutex<ExtractorHealth?>(nil)

  init(configuration: ExtractorConfiguration) { self.configuration = configuration }

  var health: ExtractorHealth? { found.withLock { $0 } }

  func ready() async -> Prepared {
    let task = once.withLock { once in
      if let once { return once }
      let task = Task { [configuration] in
        await offThePool { Self.look(configuration) }
      }
      once = task
      return task
    }
    let prepared = await task.value
    found.withLock { $0 = prepared.health }
    return prepared
  }

  private static func look(_ configuration: ExtractorConfiguration) -> Prepared {
    let helper = HelperLocation.find(configuration.executable)
    var notes: [String] = []
    let sandbox = helper.flatMap { choose($0, configuration, &notes) }
    if helper == nil {
      notes.append("headrace-extract was not found: only plain text can be read.")
    } else if sandbox == nil {
      notes.append("headrace-extract could not be started in any way that is allowed: only plain text can be read.")
    }
    let poppler = programs()
    if poppler == nil { notes.append("pdftotext is missing (install poppler-utils): PDFs cannot be read.") }
    let tesseract = HelperLocation.program("tesseract")
    if configuration.opticalRecognition != nil, tesseract == nil {
      notes.append("Optical recognition is on, and tesseract is missing.")
    }
    return Prepared(
      helper: helper, sandbox: sandbox, poppler: poppler, tesseract: tesseract,
      health: ExtractorHealth(
        isHealthy: sandbox != nil && poppler != nil, executable: helper, isolation: sandbox?.name ?? "none",
        dropsRoot: geteuid() == 0 ? sandbox?.user != nil || sandbox?.masksUser == true : nil, notes: notes))
  }

  private static func programs() -> PopplerPrograms? {
    guard
      let text = HelperLocation.program("pdftotext"), let info = HelperLocation.program("pdfinfo"),
      let images = HelperLocation.program("pdfimages"), let paint = HelperLocation.program("pdftoppm")
    else { return nil }
    return PopplerPrograms(text: text, info: info, images: images, paint: paint)
  }

  /// The strictest way to start the helper that works here.
  private static func choose(
    _ helper: String, _ configuration: ExtractorConfiguration, _ notes: inout [String]
  ) -> Sandbox? {
    let isRoot = geteuid() == 0
    let user: UInt32? = isRoot ? Sandbox.nobody : nil
    let shown = [helper] + HelperLocation.runtimeFolders()
    var ways: [Sandbox] = []
    if configuration.sandbox != .off, let bubblewrap = HelperLocation.program("bwrap") {
      ways.append(Sandbox(bubblewrap: bubblewrap, user: user, shown: shown))
      // The helper may lie where nobody but root can reach it.
      if isRoot { ways.append(Sandbox(bubblewrap: bubblewrap, user: nil, masksUser: true, shown: shown)) }
    }
    if configuration.sandbox != .required {
      ways.append(Sandbox(user: user))
      if isRoot { ways.append(Sandbox(user: nil)) }
    }
    guard let way = ways.first(where: { works($0, helper, configuration.limits) }) else { return nil }
    if way.bubblewrap == nil, configuration.sandbox == .automatic {
      notes.append("bubblewrap does not work here: documents are read with resource limits alone.")
    }
    if isRoot, way.user == nil, !way.masksUser { notes.append("Documents are read as root.") }
    return way
  }

  private static func works(_ sandbox: Sandbox, _ helper: String, _ limits: ExtractionLimits) -> Bool {
    guard let cancellation = ChildCancellation(), let nothing = OwnedDescriptor.reading("/dev/null") else {
      return false
    }
    var said: [UInt8] = []
    let outcome = unsafe ChildProcess.run(
      .init(helper, ["--probe"]), in: sandbox, input: nothing.raw, limits: ChildLimits(limits, cpuSeconds: 5),
      cancellation: cancellation
    ) { piece in
      unsafe said.append(contentsOf: piece)
      return said.count < 1024
    }
    return outcome?.ending == .exited(0) && said.elementsEqual("headrace-extract\n".utf8)
  }
}
