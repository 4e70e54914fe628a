internal import CCurl
internal import HeadraceCore

/// A request as libcurl's options.
enum TransferOptions {
  /// Refuses what would change the meaning of the request on the wire, or what libcurl would take for something else.
  static func check(_ request: HTTPClient.Request) throws {
    func refuse(_ why: String) -> HTTPClientError {
      HTTPClientError(.invalidRequest, why, mayHaveBeenActedOn: false)
    }
    let scheme = request.url.prefix { $0 != ":" }.lowercased()
    guard scheme == "http" || scheme == "https" else { throw refuse("only http and https URLs") }
    guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw refuse("the URL is not percent-encoded")
    }
    guard !request.method.isEmpty, request.method.utf8.allSatisfy({ (65...90).contains($0) }) else {
      throw refuse("the method is not a word in upper case")
    }
    for field in request.headers {
      let bad = field.name.isEmpty || !field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
      if bad || field.value.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) {
        throw refuse("the header \(field.name) is not one line of text")
      }
    }
    if request.signature != nil, case .stream = request.body, request.headers["x-amz-content-sha256"] == nil {
      throw refuse("a signed stream needs x-amz-content-sha256")
    }
  }

  /// The list belongs to the caller.
  static func headerList(_ request: HTTPClient.Request) -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    func add(_ line: String) { unsafe list = curl_slist_append(list, line) }
    for field in request.headers {
      // "Name;" is libcurl's way to send a field without a value.
      add(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    if request.signature == nil {
      add("Expect:")
      if request.headers["content-type"] == nil { add("Content-Type:") }
    } else if request.headers["content-type"] == nil, case .bytes = request.body {
      // libcurl 7.88 signs even the lines that only say "do not send this": a signed request must not have any.
      add("Content-Type: application/octet-stream")
    }
    if request.headers["accept"] == nil { add("Accept: */*") }
    if let signature = request.signature {
      if let token = signature.sessionToken { add("x-amz-security-token: \(token)") }
      if request.headers["x-amz-content-sha256"] == nil {
        var hash = SHA256()
        if case .bytes(let bytes) = request.body { hash.update(bytes) }
        add("x-amz-content-sha256: \(hash.finalize().hex)")
      }
    }
    return unsafe list
  }

  static func apply(
    _ request: HTTPClient.Request, _ configuration: HTTPClient.Configuration, to handle: UnsafeMutableRawPointer,
    headers: UnsafeMutablePointer<curl_slist>?
  ) {
    let isStreamed = if case .stream = request.body { true } else { false }
    func set(_ option: CURLoption, _ value: Int) { unsafe headrace_curl_set_long(handle, option, value) }
    func set(_ option: CURLoption, _ value: String) { unsafe headrace_curl_set_string(handle, option, value) }
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_URL, request.url)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_USERAGENT, configuration.userAgent)
    set(CURLOPT_BUFFERSIZE, min(max(request.receiveBufferBytes, 1_024), 524_288))
    // libcurl keeps it as long as the exchange lasts, over TLS: small where little is sent.
    set(CURLOPT_UPLOAD_BUFFERSIZE, isStreamed ? 65_536 : 16_384)
    set(CURLOPT_HTTP_VERSION, configuration.allowsHTTP2 ? Int(CURL_HTTP_VERSION_2TLS) : Int(CURL_HTTP_VERSION_1_1))
    set(CURLOPT_TCP_KEEPALIVE, 1)
    if request.decodesContent { set(CURLOPT_ACCEPT_ENCODING, "identity") }
    if let proxy = configuration.proxy { set(CURLOPT_PROXY, proxy) }
    if let file = configuration.certificateAuthorities { set(CURLOPT_CAINFO, file) }
    let connect = request.deadlines.connect.map { max(1, Int($0 / .milliseconds(1))) } ?? Int(Int32.max)
    set(CURLOPT_CONNECTTIMEOUT_MS, connect)
    unsafe headrace_curl_set_list(handle, CURLOPT_HTTPHEADER, headers)

    switch request.body {
    case .none:
      if request.method == "HEAD" {
        set(CURLOPT_NOBODY, 1)
      } else if request.method != "GET" {
        // POST, PUT and PATCH say "Content-Length: 0"; DELETE and the rest send none.
        if ["POST", "PUT", "PATCH"].contains(request.method) { unsafe setBytes([], on: handle) }
        set(CURLOPT_CUSTOMREQUEST, request.method)
      }
    case .bytes(let bytes):
      unsafe setBytes(bytes, on: handle)
      set(CURLOPT_CUSTOMREQUEST, request.method)
    case .stream(let length, _):
      set(CURLOPT_UPLOAD, 1)
      unsafe headrace_curl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, length.map { curl_off_t($0) } ?? -1)
      set(CURLOPT_CUSTOMREQUEST, request.method)
    }
    if let signature = request.signature {
      // Without the line "Expect:" libcurl asks before large bodies; it need not wait for the answer.
      set(CURLOPT_EXPECT_100_TIMEOUT_MS, 1)
      set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
      set(CURLOPT_USERNAME, signature.accessKey)
      set(CURLOPT_PASSWORD, signature.secretKey)
    }
  }

  /// libcurl copies the bytes.
  private static func setBytes(_ bytes: [UInt8], on handle: UnsafeMutableRawPointer) {
    unsafe headrace_curl_set_long(handle, CURLOPT_POST, 1)
    unsafe headrace_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
    var empty: UInt8 = 0
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe withUnsafeMutableBytes(of: &empty) { placeholder in
        let start = unsafe UnsafeMutableRawPointer(mutating: buffer.baseAddress) ?? placeholder.baseAddress
        unsafe headrace_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, start)
      }
    }
  }
}
