/// One access rule, or a filter of rules: a filter's texts may be null, which matches any.
struct WireACL<Text: WireField & Sendable>: WireStruct {
  var resourceType: Int8 = 0
  var resourceName = Text()
  var patternType: Int8 = 0
  var principal = Text()
  var host = Text()
  var operation: Int8 = 0
  var permission: Int8 = 0

  mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
    try coder.field(&resourceType)
    try coder.field(&resourceName)
    try coder.field(&patternType)
    try coder.field(&principal)
    try coder.field(&host)
    try coder.field(&operation)
    try coder.field(&permission)
  }
}
