internal import CRdkafka

/// The rules of the cluster's authorizer. A cluster without one, as the embedded broker is, answers each of these calls with
/// ``KafkaError/Code/securityDisabled``.
extension KafkaAdmin {
  /// Adds rules; one that is there already is no error.
  ///
  /// - Returns: the rules that were not added, with why.
  @discardableResult
  public func createACLs(
    _ bindings: [ACLBinding], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [ACLBinding: KafkaError] {
    guard !bindings.isEmpty else { return [:] }
    return unsafe try await operation("createACLs", deadline, RD_KAFKA_ADMIN_OP_CREATEACLS) {
      client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe []
      defer { unsafe list.forEach { unsafe rd_kafka_AclBinding_destroy($0) } }
      for binding in bindings { unsafe list.append(try binding.make()) }
      unsafe rd_kafka_CreateAcls(client, &list, list.count, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let results = unsafe rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count)
      var errors: [ACLBinding: KafkaError] = [:]
      // In the order of what was asked for.
      for index in 0..<min(count, bindings.count) {
        guard let result = unsafe results?[index] else { continue }
        if let error = unsafe KafkaError(borrowing: rd_kafka_acl_result_error(result)) {
          // Said of every rule, but true of the cluster.
          if error.code == .securityDisabled { throw error }
          errors[bindings[index]] = error
        }
      }
      return errors
    }
  }

  /// The rules that a filter matches.
  ///
  /// librdkafka (2.15 as well) drops the cluster's error here and answers with no rule: a cluster without an authorizer is told
  /// all the same, a client that may not ask sees no rules.
  public func acls(
    matching filter: ACLFilter = ACLFilter(), deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [ACLBinding] {
    let found = unsafe try await operation("acls", deadline, RD_KAFKA_ADMIN_OP_DESCRIBEACLS) {
      client, options, queue throws(KafkaError) in
      let wanted = unsafe try filter.make()
      defer { unsafe rd_kafka_AclBinding_destroy(wanted) }
      unsafe rd_kafka_DescribeAcls(client, wanted, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let found = unsafe rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event), &count)
      return (0..<count).compactMap { index in unsafe found?[index].flatMap { unsafe ACLBinding($0) } }
    }
    if found.isEmpty {
      // Removing the rules of somebody who doesn't exist changes nothing, and its error arrives.
      do throws(KafkaError) {
        try await deleteACLs(
          matching: ACLFilter(principal: "User:\(UInt64.random(in: .min ... .max))"), deadline: deadline)
      } catch {
        if error.code == .securityDisabled { throw error }
      }
    }
    return found
  }

  /// Removes the rules that a filter matches.
  ///
  /// - Returns: the rules that were removed.
  @discardableResult
  public func deleteACLs(
    matching filter: ACLFilter, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [ACLBinding] {
    unsafe try await operation("deleteACLs", deadline, RD_KAFKA_ADMIN_OP_DELETEACLS) {
      client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe [try filter.make()]
      defer { unsafe rd_kafka_AclBinding_destroy(list[0]) }
      unsafe rd_kafka_DeleteAcls(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let responses = unsafe rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(event), &count)
      guard count == 1, let response = unsafe responses?[0] else { return [] }
      if let error = unsafe KafkaError(borrowing: rd_kafka_DeleteAcls_result_response_error(response)) { throw error }
      var matches = 0
      let gone = unsafe rd_kafka_DeleteAcls_result_response_matching_acls(response, &matches)
      var removed: [ACLBinding] = []
      for index in 0..<matches {
        guard let match = unsafe gone?[index] else { continue }
        if let error = unsafe KafkaError(borrowing: rd_kafka_AclBinding_error(match)) { throw error }
        if let binding = unsafe ACLBinding(match) { removed.append(binding) }
      }
      return removed
    }
  }
}

extension ACLBinding {
  fileprivate func make() throws(KafkaError) -> OpaquePointer {
    let type = try resource.kind.c()
    var text = [CChar](repeating: 0, count: 512)
    guard
      let made = unsafe rd_kafka_AclBinding_new(
        type, resource.name, resource.isPrefix ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        principal, host, rd_kafka_AclOperation_t(rawValue: UInt32(operation.rawValue)),
        rd_kafka_AclPermissionType_t(rawValue: UInt32(permission.rawValue)), &text, text.count)
    else { throw KafkaError(.invalidArgument, String(buffer: text)) }
    return unsafe made
  }

  /// `nil` for a rule about something that has no name here.
  fileprivate init?(_ binding: OpaquePointer) {
    guard let kind = unsafe ACLResource.Kind(rd_kafka_AclBinding_restype(binding)),
      let operation = unsafe ACLOperation(rawValue: Int32(rd_kafka_AclBinding_operation(binding).rawValue)),
      let permission = unsafe ACLPermission(rawValue: Int32(rd_kafka_AclBinding_permission_type(binding).rawValue))
    else { return nil }
    func text(_ pointer: UnsafePointer<CChar>?) -> String { unsafe pointer.map { unsafe String(cString: $0) } ?? "" }
    let isPrefix = unsafe rd_kafka_AclBinding_resource_pattern_type(binding) == RD_KAFKA_RESOURCE_PATTERN_PREFIXED
    unsafe self.init(
      permission, operation, on: ACLResource(kind, text(rd_kafka_AclBinding_name(binding)), isPrefix: isPrefix),
      to: text(rd_kafka_AclBinding_principal(binding)), from: text(rd_kafka_AclBinding_host(binding)))
  }
}

extension ACLFilter {
  fileprivate func make() throws(KafkaError) -> OpaquePointer {
    let type = if let kind { try kind.c() } else { RD_KAFKA_RESOURCE_ANY }
    let comparison: rd_kafka_ResourcePatternType_t =
      switch pattern {
      case .literal: RD_KAFKA_RESOURCE_PATTERN_LITERAL
      case .prefixed: RD_KAFKA_RESOURCE_PATTERN_PREFIXED
      case .applying: RD_KAFKA_RESOURCE_PATTERN_MATCH
      case .any: RD_KAFKA_RESOURCE_PATTERN_ANY
      }
    var text = [CChar](repeating: 0, count: 512)
    guard
      let made = unsafe rd_kafka_AclBindingFilter_new(
        type, name, comparison, principal, host,
        operation.map { rd_kafka_AclOperation_t(rawValue: UInt32($0.rawValue)) } ?? RD_KAFKA_ACL_OPERATION_ANY,
        permission.map { rd_kafka_AclPermissionType_t(rawValue: UInt32($0.rawValue)) }
          ?? RD_KAFKA_ACL_PERMISSION_TYPE_ANY, &text, text.count)
    else { throw KafkaError(.invalidArgument, String(buffer: text)) }
    return unsafe made
  }
}

extension ACLResource.Kind {
  /// librdkafka's number of it; its header here may be older than the library.
  fileprivate func c() throws(KafkaError) -> rd_kafka_ResourceType_t {
    switch self {
    case .topic: return RD_KAFKA_RESOURCE_TOPIC
    case .group: return RD_KAFKA_RESOURCE_GROUP
    case .cluster: return RD_KAFKA_RESOURCE_BROKER
    case .transactionalID:
      try LibraryVersion.demand("a rule about a transactional id", 2, 6, 0)
      return rd_kafka_ResourceType_t(rawValue: 5)
    }
  }

  fileprivate init?(_ type: rd_kafka_ResourceType_t) {
    switch type.rawValue {
    case RD_KAFKA_RESOURCE_TOPIC.rawValue: self = .topic
    case RD_KAFKA_RESOURCE_GROUP.rawValue: self = .group
    case RD_KAFKA_RESOURCE_BROKER.rawValue: self = .cluster
    case 5: self = .transactionalID
    default: return nil
    }
  }
}
