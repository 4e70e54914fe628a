/// The file that says what a data folder is: its format version and the identity of the broker.
struct StoreFormat: Equatable, Sendable {
  /// The version this program writes and the newest it opens.
  static let newest = 1
  static let fileName = "format"

  var version = StoreFormat.newest
  let clusterId: String
  let nodeId: Int32

  init(nodeId: Int32) {
    self.nodeId = nodeId
    clusterId = Self.randomIdentifier()
  }

  var text: String { "headrace-log\nformat=\(version)\ncluster.id=\(clusterId)\nnode.id=\(nodeId)\n" }

  /// - Throws: a storage error for a file that is none of ours, or of a newer version.
  init(text: String) throws(LogError) {
    let lines = text.split(separator: "\n")
    guard lines.first == "headrace-log" else { throw .storage("the folder holds no log of Headrace") }
    var values: [Substring: Substring] = [:]
    for line in lines.dropFirst() {
      guard let equals = line.firstIndex(of: "=") else { continue }
      values[line[..<equals]] = line[line.index(after: equals)...]
    }
    guard let version = values["format"].flatMap({ Int($0) }) else {
      throw .storage("the format file names no version")
    }
    guard version <= Self.newest else {
      throw .storage("the folder has format \(version); this version of Headrace knows formats up to \(Self.newest)")
    }
    guard let clusterId = values["cluster.id"], let nodeId = values["node.id"].flatMap({ Int32($0) }) else {
      throw .storage("the format file names no cluster or node")
    }
    self.version = version
    self.clusterId = String(clusterId)
    self.nodeId = nodeId
  }

  /// 16 random bytes in the URL's alphabet: 22 characters, as Kafka's cluster ids.
  private static func randomIdentifier() -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    // The first is a letter or digit, so that the id never looks like an option on a command line.
    return String(alphabet[Int.random(in: 0..<62)])
      + String((1..<21).map { _ in alphabet[Int.random(in: 0..<64)] })
      // Two of the last character's bits are left of 128.
      + String(alphabet[Int.random(in: 0..<4) * 16])
  }
}
