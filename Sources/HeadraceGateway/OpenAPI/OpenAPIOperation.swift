internal import HeadraceCore
internal import HeadraceHTTPServer

/// `/openapi.json`: describes all operations, itself among them.
enum OpenAPIOperation {
  static func make(of operations: [GatewayOperation]) -> GatewayOperation {
    let described = operations + [operation { _ in throw GatewayProblem.notFound.error("") }]
    let bytes = OpenAPIDocument.make(of: described).bytes
    let tag = "\"\(SHA256.hash(bytes).hex.prefix(32))\""
    return operation { request in
      if EntityTags.matches(request.headers, "if-none-match", tag: tag) {
        return HTTPResponse(status: .notModified, headers: ["etag": tag])
      }
      var response = HTTPResponse.bytes(bytes, contentType: "application/json")
      response.headers["etag"] = tag
      response.headers["cache-control"] = "no-cache"
      return response
    }
  }

  private static func operation(_ handler: @escaping Router.Handler) -> GatewayOperation {
    GatewayOperation(
      .get, "/openapi.json", id: "describeInterface", tag: "Operations", summary: "This description",
      responses: [.init(200, "OpenAPI 3.1.", [("application/json", ["type": "object"])])], handler: handler)
  }
}
