/// What a broker without an authorizer says about access control.
enum SecurityDisabled {
  static let message = "No authorizer: this broker listens on loopback only and knows no access control."
}
