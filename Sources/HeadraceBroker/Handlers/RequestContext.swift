/// A request as handlers see it.
struct RequestContext {
  let header: RequestHeader
  let key: APIKey
  let core: BrokerCore
  let peer: Connection

  var version: Int16 { header.version }
  var clientID: String { header.clientID ?? "" }
  var store: LogStore { core.store }
}
