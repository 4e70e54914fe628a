internal import HeadraceCore

extension DocumentPrompt {
  /// Title, summary, category, topics and keywords of a text that fits the model, or of the summaries of its parts.
  static let metadata = DocumentPrompt(
    id: "document-metadata", version: "1",
    system: "You describe documents for a catalogue. You answer in JSON.",
    template: """
      Document "{name}":
      \"""
      {text}
      \"""
      Describe this document in its own language: its title, a summary of what it says, its category, its topics, \
      and keywords to find it by.
      """,
    schemaName: "document_metadata",
    schema: [
      "type": "object",
      "properties": [
        "title": ["type": "string", "minLength": 1, "maxLength": 120],
        "summary": ["type": "string", "minLength": 1, "maxLength": 700],
        "category": [
          "type": "string",
          "enum": [
            "article", "book", "code", "contract", "correspondence", "data", "form", "invoice", "legal", "licence",
            "manual", "minutes", "news", "presentation", "report", "research", "specification", "other",
          ],
        ],
        "topics": [
          "type": "array", "minItems": 1, "maxItems": 5,
          "items": ["type": "string", "minLength": 1, "maxLength": 48],
        ],
        "keywords": [
          "type": "array", "minItems": 1, "maxItems": 10,
          "items": ["type": "string", "minLength": 1, "maxLength": 32],
        ],
      ],
      "required": ["title", "summary", "category", "topics", "keywords"],
      "additionalProperties": false,
    ],
    maximumOutputTokens: 1000)

  /// One or two sentences about one part of a document too long for one call.
  static let passage = DocumentPrompt(
    id: "document-passage", version: "1",
    system: "You summarise parts of documents. You answer in JSON.",
    template: """
      A part of the document "{name}":
      \"""
      {text}
      \"""
      Say in one or two sentences what this part says, in its own language.
      """,
    schemaName: "document_passage",
    schema: [
      "type": "object",
      "properties": ["summary": ["type": "string", "minLength": 1, "maxLength": 320]],
      "required": ["summary"],
      "additionalProperties": false,
    ],
    maximumOutputTokens: 260)
}
