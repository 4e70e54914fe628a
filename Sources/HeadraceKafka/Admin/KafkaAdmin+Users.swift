internal import CRdkafka

/// Users who log in by SCRAM, as the cluster keeps them. All of it needs librdkafka ≥ 2.2.0 and throws
/// ``KafkaError/Code/unsupported`` where an older one is loaded.
extension KafkaAdmin {
  private static let what = "managing SCRAM credentials"
  private static let since: (Int32, Int32, Int32) = (2, 2, 0)

  /// The credentials of users; users who have none are left out.
  ///
  /// - Parameters:
  ///   - users: The users asked for; `nil` for all.
  ///   - deadline: How long the answer may take.
  public func scramCredentials(
    of users: [String]? = nil, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [String: [SCRAMCredential]] {
    typealias Describe =
      @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafePointer<CChar>?>?, Int, OpaquePointer?, OpaquePointer?
      ) -> Void
    typealias GetCount = @convention(c) (OpaquePointer?) -> Int
    typealias GetAt = @convention(c) (OpaquePointer?, Int) -> OpaquePointer?
    typealias GetNumber = @convention(c) (OpaquePointer?) -> Int32
    func find<Function>(_ name: String, _ type: Function.Type) throws(KafkaError) -> Function {
      try LateSymbol.find("rd_kafka_" + name, as: type, for: Self.what, since: Self.since)
    }
    let start = unsafe try find("DescribeUserScramCredentials", Describe.self)
    let result = unsafe try find("event_DescribeUserScramCredentials_result", LateSymbol.Get.self)
    let descriptions = unsafe try find("DescribeUserScramCredentials_result_descriptions", LateSymbol.GetList.self)
    let user = unsafe try find("UserScramCredentialsDescription_user", LateSymbol.GetText.self)
    let problem = unsafe try find("UserScramCredentialsDescription_error", LateSymbol.Get.self)
    let credentialCount = unsafe try find("UserScramCredentialsDescription_scramcredentialinfo_count", GetCount.self)
    let credential = unsafe try find("UserScramCredentialsDescription_scramcredentialinfo", GetAt.self)
    let mechanism = unsafe try find("ScramCredentialInfo_mechanism", GetNumber.self)
    let iterations = unsafe try find("ScramCredentialInfo_iterations", GetNumber.self)
    return unsafe try await operation("scramCredentials", deadline, .describeUserSCRAMCredentials) {
      client, options, queue throws(KafkaError) in
      if let users {
        unsafe users.withCStrings { unsafe start(client, $0, users.count, options, queue) }
      } else {
        unsafe start(client, nil, 0, options, queue)
      }
    } result: { event throws(KafkaError) in
      var count = 0
      let found = unsafe descriptions(result(event), &count)
      var answer: [String: [SCRAMCredential]] = [:]
      for index in 0..<count {
        guard let description = unsafe found?[index], let name = unsafe user(description) else { continue }
        if let error = unsafe KafkaError(borrowing: problem(description)) {
          if error.code == .resourceNotFound { continue }
          throw error
        }
        let list = unsafe (0..<credentialCount(description)).compactMap { index -> SCRAMCredential? in
          let info = unsafe credential(description, index)
          guard let mechanism = unsafe SCRAMCredential.Mechanism(rawValue: mechanism(info)) else { return nil }
          return unsafe SCRAMCredential(mechanism, iterations: Int(iterations(info)))
        }
        unsafe answer[String(cString: name)] = list
      }
      return answer
    }
  }

  /// Adds a credential, or puts it in the place of the one the user has for that mechanism. Takes effect some milliseconds
  /// after the answer.
  public func setSCRAMCredential(
    of user: String, password: String, _ credential: SCRAMCredential = SCRAMCredential(.sha512, iterations: 8192),
    deadline: Duration = .seconds(30)
  ) async throws(KafkaError) {
    typealias Make =
      @convention(c) (
        UnsafePointer<CChar>, Int32, Int32, UnsafePointer<UInt8>, Int, UnsafePointer<UInt8>, Int
      ) -> OpaquePointer?
    let make = unsafe try LateSymbol.find(
      "rd_kafka_UserScramCredentialUpsertion_new", as: Make.self, for: Self.what, since: Self.since)
    let salt = (0..<32).map { _ in UInt8.random(in: 0...255) }
    unsafe try await alterSCRAM(user, deadline) {
      let bytes = Array(password.utf8)
      return unsafe make(
        user, credential.mechanism.rawValue, Int32(clamping: credential.iterations), bytes, bytes.count, salt,
        salt.count)
    }
  }

  /// Removes a user's credential.
  public func deleteSCRAMCredential(
    of user: String, _ mechanism: SCRAMCredential.Mechanism, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) {
    typealias Make = @convention(c) (UnsafePointer<CChar>, Int32) -> OpaquePointer?
    let make = unsafe try LateSymbol.find(
      "rd_kafka_UserScramCredentialDeletion_new", as: Make.self, for: Self.what, since: Self.since)
    unsafe try await alterSCRAM(user, deadline) { unsafe make(user, mechanism.rawValue) }
  }

  private func alterSCRAM(
    _ user: String, _ deadline: Duration, _ make: @escaping @Sendable () -> OpaquePointer?
  ) async throws(KafkaError) {
    typealias Alter =
      @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>, Int, OpaquePointer?, OpaquePointer?
      ) -> Void
    func find<Function>(_ name: String, _ type: Function.Type) throws(KafkaError) -> Function {
      try LateSymbol.find("rd_kafka_" + name, as: type, for: Self.what, since: Self.since)
    }
    let start = unsafe try find("AlterUserScramCredentials", Alter.self)
    let result = unsafe try find("event_AlterUserScramCredentials_result", LateSymbol.Get.self)
    let responses = unsafe try find("AlterUserScramCredentials_result_responses", LateSymbol.GetList.self)
    let problem = unsafe try find("AlterUserScramCredentials_result_response_error", LateSymbol.Get.self)
    let destroy = unsafe try find("UserScramCredentialAlteration_destroy", LateSymbol.Destroy.self)
    unsafe try await operation("alter SCRAM credentials", deadline, .alterUserSCRAMCredentials) {
      client, options, queue throws(KafkaError) in
      guard let alteration = unsafe make() else {
        throw KafkaError(.invalidArgument, "no SCRAM credential can be made for \"\(user)\"")
      }
      defer { unsafe destroy(alteration) }
      var list: [OpaquePointer?] = unsafe [alteration]
      unsafe start(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let found = unsafe responses(result(event), &count)
      for index in 0..<count {
        if let error = unsafe KafkaError(borrowing: problem(found?[index])) { throw error }
      }
    }
  }
}
