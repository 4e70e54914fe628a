internal import CYAML
import HeadraceCore

/// Reads one YAML document by libyaml: mappings with text keys, sequences, scalars of YAML's core schema. Anchors,
/// aliases and tags are refused: a configuration has no use for them, and an attacker has.
enum YAMLReader {
  struct SyntaxError: Error {
    var line: Int
    var reason: String
  }

  private static let maximumDepth = 32

  static func read(_ bytes: [UInt8]) throws(SyntaxError) -> YAMLNode {
    var parser = unsafe yaml_parser_t()
    guard unsafe yaml_parser_initialize(&parser) == 1 else { throw SyntaxError(line: 0, reason: "out of memory") }
    defer { unsafe yaml_parser_delete(&parser) }
    // libyaml reads from this copy until the parser is deleted.
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
    defer { unsafe input.deallocate() }
    _ = unsafe input.update(fromContentsOf: bytes)
    unsafe yaml_parser_set_input_string(&parser, input.baseAddress, bytes.count)

    var document: YAMLNode?
    while true {
      let event = try unsafe next(&parser)
      switch event {
      case .start: continue
      case .end: return document ?? YAMLNode(content: .scalar(.null), line: 1)
      default:
        guard document == nil else { throw SyntaxError(line: event.line, reason: "there is more than one document") }
        document = try unsafe node(event, &parser, depth: 0)
      }
    }
  }

  private enum Event {
    case start
    case end
    case scalar(String, isPlain: Bool, line: Int)
    case sequenceStart(line: Int)
    case sequenceEnd
    case mappingStart(line: Int)
    case mappingEnd

    var line: Int {
      switch self {
      case .scalar(_, _, let line), .sequenceStart(let line), .mappingStart(let line): line
      default: 0
      }
    }
  }

  private static func node(
    _ event: Event, _ parser: inout yaml_parser_t, depth: Int
  ) throws(SyntaxError) -> YAMLNode {
    guard depth < maximumDepth else {
      throw SyntaxError(line: event.line, reason: "deeper than \(maximumDepth) levels")
    }
    switch event {
    case .scalar(let text, let isPlain, let line):
      return YAMLNode(content: .scalar(isPlain ? coreSchema(text) : .string(text)), line: line)
    case .sequenceStart(let line):
      var nodes: [YAMLNode] = []
      while true {
        let event = try unsafe next(&parser)
        if case .sequenceEnd = event { return YAMLNode(content: .sequence(nodes), line: line) }
        nodes.append(try unsafe node(event, &parser, depth: depth + 1))
      }
    case .mappingStart(let line):
      var members: [(name: String, node: YAMLNode)] = []
      while true {
        let event = try unsafe next(&parser)
        if case .mappingEnd = event { return YAMLNode(content: .mapping(members), line: line) }
        guard case .scalar(let name, _, let line) = event else {
          throw SyntaxError(line: event.line, reason: "a key must be a text")
        }
        guard !members.contains(where: { $0.name == name }) else {
          throw SyntaxError(line: line, reason: "\"\(name)\" is said twice")
        }
        members.append((name, try unsafe node(try unsafe next(&parser), &parser, depth: depth + 1)))
      }
    default: throw SyntaxError(line: event.line, reason: "a value was expected")
    }
  }

  private static func next(_ parser: inout yaml_parser_t) throws(SyntaxError) -> Event {
    while true {
      var event = unsafe yaml_event_t()
      guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
        let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "not YAML"
        throw SyntaxError(line: unsafe Int(parser.problem_mark.line) + 1, reason: problem)
      }
      defer { unsafe yaml_event_delete(&event) }
      let line = unsafe Int(event.start_mark.line) + 1
      switch unsafe event.type {
      case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT: return .start
      case YAML_DOCUMENT_END_EVENT: continue
      case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return .end
      case YAML_SCALAR_EVENT:
        let scalar = unsafe event.data.scalar
        guard unsafe scalar.anchor == nil, unsafe scalar.tag == nil else { throw unwanted(line) }
        let text = unsafe String(
          decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        return .scalar(text, isPlain: unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE, line: line)
      case YAML_SEQUENCE_START_EVENT:
        guard unsafe event.data.sequence_start.anchor == nil else { throw unwanted(line) }
        return .sequenceStart(line: line)
      case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
      case YAML_MAPPING_START_EVENT:
        guard unsafe event.data.mapping_start.anchor == nil else { throw unwanted(line) }
        return .mappingStart(line: line)
      case YAML_MAPPING_END_EVENT: return .mappingEnd
      default: throw unwanted(line)
      }
    }
  }

  private static func unwanted(_ line: Int) -> SyntaxError {
    SyntaxError(line: line, reason: "anchors, aliases and tags are not read here")
  }

  /// YAML 1.2's core schema for plain scalars.
  private static func coreSchema(_ text: String) -> JSONValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default:
      if let number = Int64(text) { return .int(number) }
      let isNumber = text.first.map { $0.isNumber || $0 == "-" || $0 == "." } ?? false
      if isNumber, let number = Double(text), number.isFinite { return .double(number) }
      return .string(text)
    }
  }
}
