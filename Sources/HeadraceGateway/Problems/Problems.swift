internal import HeadraceCore
internal import HeadraceDocuments
internal import HeadraceHTTPServer

/// Errors of the layers below, as clients are told.
enum Problems {
  /// Runs something of the documents' and turns its errors into problems.
  nonisolated(nonsending) static func translated<R>(
    _ work: nonisolated(nonsending) () async throws -> R
  ) async throws -> R {
    do {
      return try await work()
    } catch let error as DocumentError {
      throw problem(of: error).error(error.message)
    }
  }

  static func problem(of error: DocumentError) -> GatewayProblem {
    let name = error.code.rawValue.split(separator: "_").joined(separator: "-")
    return GatewayProblem.all.first { $0.name == name } ?? .internalServerError
  }
}
