internal import Bytes

/// The requests of a program that sends several: each with the headers that its call is given, and those that are given to all.
struct ProgramRequests {
    private(set) var requests: [PastedRequest]

    private let whole: PastedRequest
    private let scanner: FieldScanner

    /// - Parameters:
    ///   - whole: All that was found in the program.
    ///   - program: What the program means.
    ///   - scanner: What was found, with its places.
    init(_ whole: PastedRequest, _ program: RequestProgram, _ scanner: FieldScanner) {
        self.whole = whole
        self.scanner = scanner
        let calls = program.calls
        let starts = calls.isEmpty ? Self.starts(program.text) : []
        requests = []
        if calls.count > 1 {
            requests = ofCalls(calls)
        } else if starts.count > 1 {
            requests = behindStarts(starts)
        } else if calls.count + starts.count == 1 {
            var request = Self.applied(whole) { $0.uses }
            request.method = calls.first.flatMap { $0.method ?? scanner.methods.first(in: $0.range) } ?? whole.method ?? "GET"
            requests = [request]
        } else {
            requests = ofValues(Self.applied(whole) { $0.uses })
        }
    }

    /// The request with what the program does with its fields, as far as that concerns it.
    private static func applied(
        _ request: PastedRequest, _ uses: (PastedRequest.Field) -> [PastedRequest.Use]
    ) -> PastedRequest {
        var request = request
        for index in request.fields.indices {
            let uses = uses(request.fields[index])
            guard let use = uses.first(where: { $0.flaw != nil }) ?? uses.first else { continue }
            request.fields[index].place = use.place ?? request.fields[index].place
            request.fields[index].flaw = use.flaw ?? request.fields[index].flaw
        }
        return request
    }

    private func ofCalls(_ calls: [RequestProgram.Call]) -> [PastedRequest] {
        var requests: [PastedRequest] = []
        var isHidden: [Bool] = []
        let addresses = scanner.addresses
        let free = addresses.filter { address in !calls.contains { $0.range.contains(address.index) } }
        for (number, call) in calls.enumerated() {
            var request = whole
            request.fields = whole.fields.filter { field in
                field.uses.allSatisfy { $0.call == nil } || field.uses.contains { $0.call == number }
            }
            request = Self.applied(request) { $0.uses.filter { $0.call == nil || $0.call == number } }
            let own = addresses.filter { call.range.contains($0.index) }
            request.addresses = (own.isEmpty ? free : own).map(\.text)
            request.method = call.method ?? scanner.methods.first(in: call.range) ?? "GET"
            requests.append(request)
            // A call that is given something unseen may have headers there.
            isHidden.append(call.arguments > 1)
        }
        let known = requests.filter(Self.hasHeader).flatMap(\.addresses).compactMap(Self.host)
        let shown = zip(requests, isHidden).filter { request, isHidden in
            // What goes to another service needs no key of this one.
            Self.hasHeader(request) || !isHidden && request.addresses.compactMap(Self.host).contains(where: known.contains)
        }
        return shown.isEmpty ? [whole] : shown.map(\.0)
    }

    private static func hasHeader(_ request: PastedRequest) -> Bool { request.fields.contains { $0.kind != .other } }

    /// The scheme and the host of an address; `nil` where it has none.
    private static func host(_ address: String) -> String? {
        guard let scheme = address.firstRange(of: "://") else { return nil }
        return String(address[..<scheme.upperBound]) + address[scheme.upperBound...].prefix { !"/?#".contains($0) }
    }

    /// The beginnings of requests in programs that put a request together step by step.
    private static let marks = [
        "http.newrequest", "httprequest.newbuilder", "new httprequestmessage", "curl_init(", "urlrequest(url", "new restrequest",
        "request.builder()", "new xmlhttprequest", "webrequest.create", "\"request\":{", "\"request\": {", "net::http::get.new",
        "net::http::post.new",
    ]

    private static func starts(_ text: [UInt8]) -> [Int] {
        let first = Set(marks.compactMap { $0.utf8.first })
        return text.indices.filter { index in
            first.contains(text[index].asciiLowercased) && marks.contains { text.has($0, at: index) }
        }
    }

    private func behindStarts(_ starts: [Int]) -> [PastedRequest] {
        var requests: [PastedRequest] = []
        for (number, start) in starts.prefix(PastedText.maxRequests).enumerated() {
            let end = number + 1 < starts.count ? starts[number + 1] : Int.max
            var request = Self.applied(whole) { $0.uses }
            request.fields = request.fields.filter { $0.index < starts[0] || ($0.index >= start && $0.index < end) }
            request.addresses = scanner.addresses.filter { $0.index >= start && $0.index < end }.map(\.text)
            request.method = scanner.methods.first(in: start..<end) ?? "GET"
            guard Self.hasHeader(request) || !request.addresses.isEmpty else { continue }
            requests.append(request)
        }
        return requests.isEmpty ? [whole] : requests
    }

    /// Takes different values of one header apart that stand in a program with several addresses: they belong to several requests.
    private func ofValues(_ whole: PastedRequest) -> [PastedRequest] {
        guard whole.addresses.count > 1 else { return [whole] }
        let codes = whole.fields.filter { $0.isCode && $0.place == .header && ($0.kind == .authorization || $0.kind == .apiKey) }
        guard let first = codes.first else { return [whole] }
        var values: [String] = []
        for field in codes where field.kind == first.kind && !values.contains(field.value) { values.append(field.value) }
        guard values.count > 1 else { return [whole] }
        return values.prefix(PastedText.maxRequests).map { value in
            var request = whole
            request.fields.removeAll { codes.contains($0) && $0.kind == first.kind && $0.value != value }
            return request
        }
    }
}
