import HeadraceCore
import Testing

@testable import HeadraceLLM

/// The schema keywords, each with what it lets through and what not.
@Suite struct JSONSchemaValidatorTests {
  struct Case: Sendable {
    var schema: JSONValue
    var good: [JSONValue]
    var bad: [JSONValue]
  }

  static let cases: [Case] = [
    Case(schema: ["type": "string"], good: ["a", ""], bad: [1, nil, ["a"]]),
    Case(schema: ["type": "integer"], good: [1, 2.0, -3], bad: [1.5, "1"]),
    Case(schema: ["type": "number"], good: [1, 1.5], bad: ["1", true]),
    Case(schema: ["type": ["string", "null"]], good: ["a", nil], bad: [1]),
    Case(schema: ["enum": ["a", 1]], good: ["a", 1, 1.0], bad: ["b", 2]),
    Case(schema: ["const": ["x": 1]], good: [["x": 1]], bad: [["x": 2]]),
    Case(schema: ["minLength": 2, "maxLength": 3], good: ["ab", "ü😀x"], bad: ["a", "abcd"]),
    Case(schema: ["pattern": "^[a-z]+$"], good: ["abc"], bad: ["aBc", ""]),
    Case(schema: ["minimum": 1, "maximum": 3], good: [1, 3, 2.5], bad: [0, 4]),
    Case(schema: ["exclusiveMinimum": 1, "exclusiveMaximum": 3], good: [2], bad: [1, 3]),
    Case(schema: ["multipleOf": 0.1], good: [0.3, 1], bad: [0.35]),
    Case(
      schema: ["minItems": 1, "maxItems": 2, "uniqueItems": true], good: [["a"], ["a", "b"]],
      bad: [[], ["a", "a"], [1, 2, 3]]),
    Case(schema: ["items": ["type": "string"]], good: [["a"], []], bad: [["a", 1]]),
    Case(schema: ["prefixItems": [["type": "string"]], "items": false], good: [["a"], []], bad: [[1], ["a", "b"]]),
    Case(schema: ["contains": ["const": 1]], good: [[0, 1]], bad: [[0], []]),
    Case(
      schema: [
        "type": "object", "properties": ["a": ["type": "string"]], "required": ["a"], "additionalProperties": false,
      ],
      good: [["a": "x"]], bad: [["a": 1], [:], ["a": "x", "b": 1]]),
    Case(schema: ["additionalProperties": ["type": "integer"]], good: [["x": 1]], bad: [["x": "1"]]),
    Case(schema: ["anyOf": [["type": "string"], ["minimum": 5]]], good: ["a", 6], bad: [4]),
    Case(schema: ["oneOf": [["type": "integer"], ["minimum": 5]]], good: [1, 5.5], bad: [6]),
    Case(schema: ["allOf": [["minimum": 1], ["maximum": 2]]], good: [1], bad: [0, 3]),
    Case(schema: ["not": ["type": "string"]], good: [1], bad: ["a"]),
    Case(
      schema: [
        "$defs": [
          "node": [
            "type": "object", "properties": ["next": ["$ref": "#/$defs/node"], "v": ["type": "integer"]],
            "required": ["v"],
          ]
        ],
        "$ref": "#/$defs/node",
      ], good: [["v": 1], ["v": 1, "next": ["v": 2]]], bad: [["v": 1, "next": [:]], [:]]),
    Case(schema: true, good: [1, "a"], bad: []),
    Case(schema: false, good: [], bad: [1]),
    Case(schema: ["$ref": "#/nowhere"], good: [], bad: [1]),
    Case(schema: ["$ref": "#"], good: [], bad: [1]),
  ]

  @Test(arguments: cases)
  func keywords(one: Case) {
    let validator = JSONSchemaValidator(one.schema)
    for value in one.good { #expect(validator.problems(in: value).isEmpty, "\(value.text) by \(one.schema.text)") }
    for value in one.bad { #expect(!validator.problems(in: value).isEmpty, "\(value.text) by \(one.schema.text)") }
  }

  @Test func problemsNameTheirPlaces() {
    let schema: JSONValue = [
      "type": "object", "required": ["title"], "additionalProperties": false,
      "properties": ["title": ["type": "string"], "tags": ["type": "array", "items": ["maxLength": 3]]],
    ]
    let problems = JSONSchemaValidator(schema).problems(in: ["tags": ["ab", "abcd"], "x": 1])
    #expect(problems.contains("the answer lacks \"title\""))
    #expect(problems.contains("tags[1] is longer than 3 characters"))
    #expect(problems.contains("x is not asked for"))
  }

  @Test func tenAreEnough() {
    let problems = JSONSchemaValidator(["items": ["type": "string"]]).problems(
      in: .array(Array(repeating: 1, count: 1_000)))
    #expect(problems.count == 10)
  }

  @Test(arguments: [
    ("{\"a\":1}", "{\"a\":1}"), ("```json\n{\"a\":1}\n```", "{\"a\":1}"), ("Here: {\"a\":1} done", "{\"a\":1}"),
    ("```\n[1]\n```\nmore", "[1]"), ("nothing", "nothing"), ("", ""),
  ])
  func wrappersAreTakenOff(text: String, json: String) { #expect(StructuredAnswer.unwrapped(text) == json) }
}
