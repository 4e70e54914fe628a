/// Why the codec will not go on with a connection: a status to answer with, and a sentence for the client.
struct HTTPRefusal: Error, Sendable, Hashable {
  let status: HTTPStatus
  let detail: String

  init(_ status: HTTPStatus, _ detail: String) {
    self.status = status
    self.detail = detail
  }
}
