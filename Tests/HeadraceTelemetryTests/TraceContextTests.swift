import HeadraceTelemetry
import Testing

@Suite struct TraceContextTests {
  @Test func readsAndWrites() throws {
    let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    let context = try #require(TraceContext(traceparent: text))
    #expect(context.traceparent == text)
    #expect(context.isSampled)
    #expect(context.child().traceID == context.traceID)
    #expect(context.child().spanID != context.spanID)
  }

  @Test(arguments: [
    "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
  ])
  func refuses(text: String) { #expect(TraceContext(traceparent: text) == nil) }

  @Test func newRootsAreWellFormed() {
    for _ in 0..<100 { #expect(TraceContext(traceparent: TraceContext.random().traceparent) != nil) }
  }
}
