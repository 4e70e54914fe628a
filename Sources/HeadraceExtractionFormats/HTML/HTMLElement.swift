/// What an HTML element means for the text.
enum HTMLElement: UInt8 {
  /// Nothing.
  case plain
  /// Its content is no text: script, style, noscript, template, svg and what browsers show instead of frames.
  case dropped
  /// The document's title.
  case title
  /// A heading.
  case heading
  /// Begins and ends a line.
  case block
  /// Begins and ends a paragraph.
  case paragraph
  /// Text as it is typed.
  case preformatted
  /// A line break.
  case lineBreak
  /// A table's cell.
  case cell
  /// A fact of the head.
  case meta

  init(_ name: String) {
    switch name {
    case "script", "style", "noscript", "template", "svg", "iframe", "noframes", "noembed": self = .dropped
    case "title": self = .title
    case "h1", "h2", "h3", "h4", "h5", "h6": self = .heading
    case "p", "ul", "ol", "dl", "table", "blockquote", "section", "article", "hr": self = .paragraph
    case "pre", "listing", "xmp", "plaintext", "textarea": self = .preformatted
    case "div", "li", "dt", "dd", "tr", "header", "footer", "nav", "aside", "main", "figure", "figcaption", "form",
      "fieldset", "legend", "address", "option", "caption", "thead", "tbody", "tfoot", "center", "dir", "menu",
      "details", "summary", "select", "optgroup", "body", "head", "html", "hgroup", "dialog", "search":
      self = .block
    case "br": self = .lineBreak
    case "td", "th": self = .cell
    case "meta": self = .meta
    default: self = .plain
    }
  }
}
