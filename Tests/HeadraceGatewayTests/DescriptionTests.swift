import Foundation
import HeadraceCore
import HeadraceHTTPServer
import Testing

@testable import HeadraceGateway

/// The pages and the catalogue of problems are the same set.
struct DescriptionTests {
  @Test func everyProblemHasAPageAndEveryPageAProblem() {
    #expect(Set(GatewayProblem.all.map(\.name)) == Set(ProblemPages.pages.keys))
    #expect(Set(GatewayProblem.all.map(\.name)).count == GatewayProblem.all.count)
    for problem in GatewayProblem.all {
      let page = ProblemPages.pages[problem.name] ?? ""
      #expect(
        page.hasPrefix("# \(problem.title)\n\nStatus \(problem.status.code) · `/problems/\(problem.name)`\n"),
        "\(problem.name)")
      #expect(page.contains("## What to do"), "\(problem.name)")
    }
  }

  @Test func theServedPagesAreThoseOfTheDocumentation() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/problems")
    for (name, page) in ProblemPages.pages {
      let text = try String(contentsOf: folder.appending(path: "\(name).md"), encoding: .utf8)
      #expect(text == page, "run ops/generate")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == ProblemPages.pages.count)
  }

  /// What the server refuses by itself leads to a page, too.
  @Test(arguments: [400, 404, 405, 408, 413, 414, 417, 431, 500, 501, 503, 505])
  func theServersOwnProblemsHavePages(_ code: Int) {
    let problem = ProblemDetails(status: HTTPStatus(code: code))
    #expect(ProblemPages.pages[problem.type] != nil, "\(problem.type)")
  }

  @Test func theServedSchemasAreThoseOfTheTree() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "schemas")
    #expect(!EventSchemas.all.isEmpty)
    for (path, schema) in EventSchemas.all {
      let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
      #expect(text == schema, "run ops/generate")
    }
  }
}
