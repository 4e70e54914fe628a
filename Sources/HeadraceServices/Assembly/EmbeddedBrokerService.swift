import HeadraceBroker
import HeadraceCore

/// A broker that was started already, as a service: it is stopped after everything that needs it.
struct EmbeddedBrokerService: Service {
  let broker: Broker

  func run() async throws { try await broker.run() }
}
