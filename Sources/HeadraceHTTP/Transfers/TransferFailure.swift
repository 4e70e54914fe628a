internal import CCurl

/// libcurl's result as an error that says what failed and whether the server may have acted.
enum TransferFailure {
  static func error(_ code: CURLcode, of transfer: Transfer) -> (any Error)? {
    if code == CURLE_OK { return nil }
    let kind = kind(code, hasHead: transfer.timing.hasHead)
    if code == CURLE_ABORTED_BY_CALLBACK, let failure = transfer.producerFailure { return failure }
    let text = unsafe String(cString: curl_easy_strerror(code))
    return HTTPClientError(kind, "\(text) (libcurl \(code.rawValue))", mayHaveBeenActedOn: wasSent(transfer))
  }

  static func timeout(_ kind: HTTPClientError.Kind, of transfer: Transfer) -> HTTPClientError {
    HTTPClientError(kind, "no answer within the time allowed", mayHaveBeenActedOn: wasSent(transfer))
  }

  /// libcurl counts the bytes of requests that it wrote; a connection that never stood has written none.
  private static func wasSent(_ transfer: Transfer) -> Bool {
    var bytes = 0
    unsafe headrace_curl_get_long(transfer.handle, CURLINFO_REQUEST_SIZE, &bytes)
    return bytes > 0 || transfer.sendings > 1
  }

  private static func kind(_ code: CURLcode, hasHead: Bool) -> HTTPClientError.Kind {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: .invalidRequest
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameResolution
    case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED: .connection
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      .tls
    // The other deadlines are kept by the loop: here libcurl speaks of the connection alone.
    case CURLE_OPERATION_TIMEDOUT: .connectTimeout
    case CURLE_PARTIAL_FILE: .brokenStream
    case CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING,
      CURLE_SEND_FAIL_REWIND:
      hasHead ? .brokenStream : .connectionLost
    // The pre-request callback refused to send a second time.
    case CURLE_ABORTED_BY_CALLBACK: .connectionLost
    // The URL's scheme was looked at before: here it is an answer that is not HTTP.
    case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_UNSUPPORTED_PROTOCOL:
      .protocolViolation
    // The callback for the head's lines refused one: the head has no end.
    case CURLE_WRITE_ERROR: .protocolViolation
    default: .other
    }
  }
}
