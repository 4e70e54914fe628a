import HeadraceCore

@testable import HeadraceLLM

/// An answer of each protocol as it goes over the wire: text beyond ASCII, a call of a tool, and the count of tokens.
enum SampleStreams {
  struct Sample: Sendable {
    var dialect: ProviderConfiguration.Dialect
    var model: String
    var bytes: [UInt8]
  }

  static let text = "Grüße, 世界 😀!"

  static let all: [Sample] = [
    Sample(dialect: .openAIChat, model: "gpt-4o", bytes: lines(openAIChat, named: false)),
    Sample(dialect: .openAIResponses, model: "gpt-4o", bytes: lines(openAIResponses, named: true)),
    Sample(dialect: .anthropic, model: "claude-sonnet-4-5", bytes: lines(anthropic, named: true)),
    Sample(dialect: .gemini, model: "gemini-2.5-flash", bytes: lines(gemini, named: false)),
  ]

  private static func lines(_ events: [String], named: Bool) -> [UInt8] {
    var text = ""
    for event in events {
      if named, let value = try? JSONValue(parsing: event), let type = value["type"]?.string {
        text += "event: \(type)\n"
      }
      text += "data: \(event)\n\n"
    }
    return Array(text.utf8)
  }

  private static let openAIChat = [
    #"{"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
    #"{"model":"m","choices":[{"index":0,"delta":{"content":"Grüße, 世"},"finish_reason":null}]}"#,
    #"{"model":"m","choices":[{"index":0,"delta":{"content":"界 😀!"},"finish_reason":null}]}"#,
    #"{"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"t","arguments":"{\"a\""}}]}}]}"#,
    #"{"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}"#,
    #"{"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
    #"{"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#, "[DONE]",
  ]

  private static let openAIResponses = [
    #"{"type":"response.created","response":{"status":"in_progress","output":[]}}"#,
    #"{"type":"response.output_text.delta","delta":"Grüße, 世"}"#,
    #"{"type":"response.output_text.delta","delta":"界 😀!"}"#,
    #"{"type":"response.function_call_arguments.delta","delta":"{\"a\":1}"}"#,
    #"{"type":"response.completed","response":{"status":"completed","model":"m","output":[{"type":"message","content":[{"type":"output_text","text":"Grüße, 世界 😀!"}]},{"type":"function_call","call_id":"c","name":"t","arguments":"{\"a\":1}"}],"usage":{"input_tokens":3,"output_tokens":2}}}"#,
  ]

  private static let anthropic = [
    #"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":3,"output_tokens":1}}}"#,
    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#, #"{"type":"ping"}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße, 世"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"界 😀!"}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c","name":"t","input":{}}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}"#,
    #"{"type":"content_block_stop","index":1}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}"#,
    #"{"type":"message_stop"}"#,
  ]

  private static let gemini = [
    #"{"modelVersion":"m","candidates":[{"content":{"role":"model","parts":[{"text":"Grüße, 世"}]}}]}"#,
    #"{"modelVersion":"m","candidates":[{"content":{"role":"model","parts":[{"text":"界 😀!"}]}}]}"#,
    #"{"modelVersion":"m","candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"t","args":{"a":1}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}"#,
  ]
}
