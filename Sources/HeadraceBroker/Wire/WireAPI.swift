/// A request and its answer.
protocol WireAPI {
  associatedtype Request: WireStruct
  associatedtype Response: WireStruct
  static var key: APIKey { get }
}
