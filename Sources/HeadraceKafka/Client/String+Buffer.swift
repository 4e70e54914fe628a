extension String {
  /// What librdkafka wrote into a buffer, without the line end that some of its messages have.
  init(buffer: [CChar]) {
    self.init(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    while last?.isWhitespace == true { removeLast() }
  }
}
