/// One change of the state store: nil deletes the key.
struct StateChange: Sendable {
  var key: [UInt8]
  var value: [UInt8]?

  init(key: [UInt8], value: [UInt8]?) {
    self.key = key
    self.value = value
  }
}
