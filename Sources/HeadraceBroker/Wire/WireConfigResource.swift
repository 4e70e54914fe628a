/// A topic or a broker, and what is to be done with its settings.
struct WireConfigResource<Config: WireField & Sendable>: WireStruct {
  var type: Int8 = 0
  var name: String = ""
  var configs: [Config] = []

  mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
    try coder.field(&type)
    try coder.field(&name)
    try coder.field(&configs)
  }
}
