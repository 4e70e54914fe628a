/// A descriptor that several attempts share; closed with the last of them.
final class SharedDescriptor: Sendable {
  let descriptor: OwnedDescriptor

  init?(_ descriptor: consuming OwnedDescriptor?) {
    guard let descriptor else { return nil }
    self.descriptor = descriptor
  }
}
