package import HeadraceExtraction

/// Why a reader of a format gives up: one of the stable reasons, and what was seen.
package struct FormatFault: Error, Sendable, Hashable {
  /// The stable reason.
  package var reason: ExtractionFailure.Reason
  /// What was seen.
  package var detail: String

  /// The document is damaged, or not what it claims to be.
  package static func corrupt(_ detail: String) -> FormatFault { FormatFault(reason: .corrupt, detail: detail) }

  /// What a fault of the zip file means.
  package init(_ fault: ZipFault) {
    let refusal = ContainerType.refusal(fault)
    reason = refusal.reason
    detail = refusal.detail
  }

  package init(reason: ExtractionFailure.Reason, detail: String) {
    self.reason = reason
    self.detail = detail
  }
}
