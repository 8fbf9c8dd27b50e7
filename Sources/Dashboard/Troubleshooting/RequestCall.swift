internal import Bytes

/// A call of a library that sends a request, as the library declares it: what it takes each of its arguments for.
struct RequestCall {
    /// What an argument is taken for.
    enum Slot: Equatable {
        case address, method, headers, query, body
        /// Settings, among which the headers stand as a member of their own.
        case options
        /// An address, or settings in its place.
        case addressOrOptions
        /// The settings of PHP's streams, in which the headers stand as text.
        case streamContext
        /// Something that has nothing to do with headers, such as a function that is called with the answer.
        case other
    }

    /// How the call is written, as it may be shown.
    let shown: String
    /// What the arguments are taken for, in their order.
    let slots: [Slot]
    /// Whether arguments are given by their names too, as in `headers=…`.
    let hasNames: Bool
    /// How the call is written with headers.
    let remedy: String
    /// The method of the request; `nil` where an argument has it.
    let method: String?
    /// Whether the call sends a request. Others only prepare one, or several.
    var sends = true
    /// Whether the call refuses an argument that it does not know; others leave it unread.
    var isStrict = false

    /// The names of settings whose contents are sent as something else than headers.
    static func slot(named name: String) -> Slot? {
        switch name.lowercased() {
        case "headers": .headers
        case "params", "query", "qs", "searchparams", "queryparams": .query
        case "data", "json", "body", "payload", "form", "form_params", "formdata", "fields", "files", "content": .body
        default: nil
        }
    }

    private static let plainMethods: Set<String> = ["get", "head", "delete", "options"]
    private static let bodyMethods: Set<String> = ["post", "put", "patch"]

    /// Finds the library's declaration of what is called.
    ///
    /// - Parameters:
    ///   - callee: The parts of the name that stands before the parenthesis.
    ///   - language: The language of the program; `nil` where it is not known.
    ///   - clients: The variables that hold a client, with the names of what made them.
    /// - Returns: The declaration; `nil` where what is called is not known.
    static func of(_ callee: [String], _ language: ProgramLanguage?, clients: [String: String]) -> RequestCall? {
        guard let name = callee.last, !name.isEmpty else { return nil }
        let object = callee.count > 1 ? callee[callee.count - 2] : ""
        switch language {
        case .python: return python(object, name, callee, clients)
        case .php: return php(object, name, callee)
        case .ruby: return ruby(object, name, callee)
        case .java, .kotlin: return java(object, name)
        case .go, .cSharp, .rust, .swift, .powerShell: return nil
        case .dart: return dart(object, name)
        case .javaScript: return javaScript(object, name, clients)
        case nil:
            if object == "requests" || object == "httpx" { return python(object, name, callee, clients) }
            return object == "axios" || name == "fetch" || name == "axios" ? javaScript(object, name, clients) : nil
        }
    }

    // MARK: JavaScript

    private static func javaScript(_ object: String, _ name: String, _ clients: [String: String]) -> RequestCall? {
        let method = name.lowercased()
        let isPlain = plainMethods.contains(method)
        let hasBody = bodyMethods.contains(method)
        func call(_ shown: String, _ slots: [Slot], _ remedy: String, _ method: String? = nil, sends: Bool = true) -> RequestCall {
            RequestCall(shown: shown, slots: slots, hasNames: false, remedy: remedy, method: method, sends: sends)
        }
        let shown = Method.read(name) != nil ? name.lowercased() : "request"
        switch (object, name) {
        case (_, "fetch"), ("", "$fetch"), ("", "ofetch"), ("", "useFetch"), ("", "nodeFetch"):
            return call("fetch", [.address, .options], "fetch(url, { headers: { … } })")
        case (_, "Request") where object.isEmpty:
            return call("new Request", [.address, .options], "new Request(url, { headers: { … } })", sends: false)
        case ("", "axios"): return call("axios", [.addressOrOptions, .options], "axios(url, { headers: { … } })")
        case ("axios", "create"): return call("axios.create", [.options], "axios.create({ headers: { … } })", sends: false)
        case ("$", "ajax"), ("jQuery", "ajax"):
            return call("$.ajax", [.addressOrOptions, .options], "$.ajax({ url: url, headers: { … } })")
        case ("$", "get"), ("jQuery", "get"), ("$", "getJSON"), ("jQuery", "getJSON"):
            return call("$.\(name)", [.addressOrOptions, .query, .other], "$.ajax({ url: url, headers: { … } })", "GET")
        case ("$", "post"), ("jQuery", "post"):
            return call("$.post", [.addressOrOptions, .body, .other], "$.ajax({ url: url, method: \"POST\", headers: { … } })", "POST")
        case ("needle", _) where isPlain && name != "delete":
            return call("needle.\(shown)", [.address, .options, .other], "needle.\(shown)(url, { headers: { … } })", Method.read(name))
        case ("needle", _) where hasBody || isPlain:
            return call(
                "needle.\(shown)", [.address, .body, .options, .other], "needle.\(shown)(url, data, { headers: { … } })", Method.read(name))
        case ("undici", "request"): return call("undici.request", [.address, .options], "undici.request(url, { headers: { … } })")
        case ("", "got"), ("", "ky"): return call(name, [.addressOrOptions, .options], "\(name)(url, { headers: { … } })")
        case ("got", _) where isPlain || hasBody, ("ky", _) where isPlain || hasBody, ("request", _) where isPlain || hasBody:
            return call(
                "\(object).\(shown)", [.addressOrOptions, .options, .other], "\(object).\(shown)(url, { headers: { … } })",
                Method.read(name))
        case ("https", "get"), ("https", "request"), ("http", "request"):
            return call(
                "\(object).\(name)", [.addressOrOptions, .options, .other], "\(object).\(name)(url, { headers: { … } }, callback)",
                name == "get" ? "GET" : nil)
        default: break
        }
        let isAxios = object.lowercased().hasSuffix("axios") || clients[object] == "axios.create"
        guard isAxios || object == "http" || object == "httpClient" || object == "$http" else { return nil }
        let client = isAxios ? "axios" : "http"
        if name == "request" { return call("\(client).request", [.options], "\(client).request({ url: url, headers: { … } })") }
        if isPlain {
            return call("\(client).\(shown)", [.address, .options], "\(client).\(shown)(url, { headers: { … } })", Method.read(name))
        }
        guard hasBody || ["postForm", "putForm", "patchForm"].contains(name) else { return nil }
        return call(
            "\(client).\(shown)", [.address, .body, .options], "\(client).\(shown)(url, body, { headers: { … } })", Method.read(name))
    }

    // MARK: Python

    private static func python(_ object: String, _ name: String, _ callee: [String], _ clients: [String: String]) -> RequestCall? {
        let verb = Method.read(name) != nil && name == name.lowercased()
        func call(
            _ shown: String, _ slots: [Slot], _ remedy: String, _ method: String? = nil, sends: Bool = true
        ) -> RequestCall {
            RequestCall(
                shown: shown, slots: slots, hasNames: true, remedy: remedy, method: method, sends: sends, isStrict: true)
        }
        let maker = clients[object] ?? ""
        let isSession =
            ["session", "s", "sess"].contains(object) && maker.isEmpty || maker == "requests.Session" || maker == "requests.session"
        let isAsync = maker.hasPrefix("httpx") || maker.hasPrefix("aiohttp") || ["client", "async_client"].contains(object)
        if object == "requests" || isSession, verb || name == "request" {
            let library = object == "requests" ? "requests" : "session"
            let remedy = "\(library).\(name)(\(name == "request" ? "method, " : "")url, headers={…})"
            switch name {
            case "get": return call("\(library).get", object == "requests" ? [.address, .query] : [.address], remedy, "GET")
            case "post": return call("\(library).post", [.address, .body, .body], remedy, "POST")
            case "put", "patch": return call("\(library).\(name)", [.address, .body], remedy, Method.read(name))
            case "request":
                // A session takes more by its place than the function does.
                let slots: [Slot] = isSession ? [.method, .address, .query, .body, .headers] : [.method, .address]
                return call("\(library).request", slots, remedy)
            default: return call("\(library).\(name)", [.address], remedy, Method.read(name))
            }
        }
        if object == "httpx" || isAsync, verb || name == "request" {
            let library = object == "httpx" ? "httpx" : "client"
            return call(
                "\(library).\(name)", name == "request" ? [.method, .address] : [.address],
                "\(library).\(name)(\(name == "request" ? "method, " : "")url, headers={…})", Method.read(name))
        }
        switch (object, name) {
        case ("request", "Request"), ("", "Request"):
            return call("urllib.request.Request", [.address, .body, .headers], "urllib.request.Request(url, headers={…})")
        case ("requests", "Request"):
            return call("requests.Request", [.method, .address, .headers], "requests.Request(method, url, headers={…})")
        case ("request", "urlopen"), ("", "urlopen"):
            return call("urlopen", [.address, .body, .other], "urlopen(Request(url, headers={…}))", sends: false)
        case (_, "request"):
            return call("request", [.method, .address, .body, .headers], "connection.request(method, url, headers={…})")
        case ("httpx", "Client"), ("httpx", "AsyncClient"), ("aiohttp", "ClientSession"):
            return call("\(object).\(name)", [], "\(object).\(name)(headers={…})", sends: false)
        default: return nil
        }
    }

    // MARK: PHP

    private static func php(_ object: String, _ name: String, _ callee: [String]) -> RequestCall? {
        let method = name.lowercased()
        func call(_ shown: String, _ slots: [Slot], _ remedy: String, _ method: String? = nil, sends: Bool = true) -> RequestCall {
            RequestCall(shown: shown, slots: slots, hasNames: false, remedy: remedy, method: method, sends: sends)
        }
        if ["wp_remote_get", "wp_remote_post", "wp_remote_request", "wp_safe_remote_get", "wp_safe_remote_post"].contains(name) {
            return call(name, [.address, .options], "\(name)($url, ['headers' => [ … ]])", name.hasSuffix("post") ? "POST" : "GET")
        }
        if name == "file_get_contents" { return call(name, [.address, .other, .other], "file_get_contents($url, false, $context)") }
        if name == "stream_context_create" {
            return call(
                name, [.streamContext], "stream_context_create(['http' => ['header' => \"Authorization: Bearer KEY\"]])", sends: false)
        }
        // In the framework Laravel the headers are given before the call, in a chain of their own.
        let isLaravel = object == "Http" || callee.count == 1 && Method.read(name) != nil
        if isLaravel, name == "withHeaders" { return nil }
        if isLaravel, method == "get" || method == "head" {
            return call("Http::\(method)", [.address, .query], "Http::withHeaders([ … ])->\(method)($url)", Method.read(name))
        }
        if isLaravel, Method.read(name) != nil {
            return call("Http::\(method)", [.address, .body], "Http::withHeaders([ … ])->\(method)($url, $data)", Method.read(name))
        }
        let isClient = object.lowercased().hasSuffix("client") || object == "$http" || object == "$guzzle"
        guard isClient else { return nil }
        if Method.read(name) != nil {
            return call("$client->\(method)", [.address, .options], "$client->\(method)($url, ['headers' => [ … ]])", Method.read(name))
        }
        guard name == "request" || name == "requestAsync" else { return nil }
        return call("$client->request", [.method, .address, .options], "$client->request($method, $url, ['headers' => [ … ]])")
    }

    // MARK: Ruby

    private static func ruby(_ object: String, _ name: String, _ callee: [String]) -> RequestCall? {
        func call(_ shown: String, _ slots: [Slot], _ remedy: String, _ method: String? = nil, hasNames: Bool = true) -> RequestCall {
            RequestCall(shown: shown, slots: slots, hasNames: hasNames, remedy: remedy, method: method)
        }
        let method = name.hasPrefix("request_") ? String(name.dropFirst(8)) : name
        let (isPlain, hasBody) = (plainMethods.contains(method), bodyMethods.contains(method))
        let read = Method.read(method)
        // The library http.rb is called HTTP, as the module of Net::HTTP is.
        let library = object == "HTTP" && callee.count == 2 ? "http.rb" : object
        switch library {
        case "HTTParty", "Typhoeus", "Excon", "http.rb":
            guard read != nil else { return nil }
            return call("\(object).\(method)", [.address, .options], "\(object).\(method)(url, headers: { … })", read)
        case "RestClient":
            guard read != nil else { return nil }
            return isPlain
                ? call(
                    "RestClient.\(method)", [.address, .headers], "RestClient.\(method)(url, { 'X-API-Key' => key })", read, hasNames: false
                )
                : call(
                    "RestClient.\(method)", [.address, .body, .headers], "RestClient.\(method)(url, body, { 'X-API-Key' => key })", read,
                    hasNames: false)
        case "Faraday", "conn", "connection":
            guard read != nil else { return nil }
            let second: Slot = isPlain ? .query : .body
            return call(
                "Faraday.\(method)", [.address, second, .headers],
                "Faraday.\(method)(url, \(isPlain ? "params" : "body"), { 'X-API-Key' => key })", read, hasNames: false)
        case "HTTP", "http":
            let shown = object == "HTTP" ? "Net::HTTP" : "http"
            if method == "post_form" {
                return call("Net::HTTP.post_form", [.address, .body], "Net::HTTP.post(uri, body, headers)", "POST", hasNames: false)
            }
            if method == "get_response" || isPlain {
                return call("\(shown).\(method)", [.address, .headers], "\(shown).\(method)(uri, headers)", read ?? "GET", hasNames: false)
            }
            guard hasBody else { return nil }
            return call("\(shown).\(method)", [.address, .body, .headers], "\(shown).\(method)(uri, body, headers)", read, hasNames: false)
        case "Get", "Post", "Put", "Patch", "Delete":
            guard name == "new" else { return nil }
            return call(
                "Net::HTTP::\(object).new", [.address, .headers], "Net::HTTP::\(object).new(uri, headers)", Method.read(object),
                hasNames: false)
        case "URI":
            guard name == "open" else { return nil }
            return call("URI.open", [.address, .headers], "URI.open(url, 'X-API-Key' => key)", "GET", hasNames: false)
        default: return nil
        }
    }

    // MARK: Others

    private static func java(_ object: String, _ name: String) -> RequestCall? {
        guard object.lowercased().hasSuffix("resttemplate") else { return nil }
        let remedy = "restTemplate.exchange(url, HttpMethod.GET, new HttpEntity<>(headers), String.class)"
        guard name == "getForObject" || name == "getForEntity" else { return nil }
        return RequestCall(
            shown: "restTemplate.\(name)", slots: [.address, .other, .other], hasNames: false, remedy: remedy, method: "GET")
    }

    private static func dart(_ object: String, _ name: String) -> RequestCall? {
        guard object == "http", let method = Method.read(name) else { return nil }
        return RequestCall(
            shown: "http.\(name.lowercased())", slots: [.address], hasNames: true, remedy: "http.\(name.lowercased())(url, headers: { … })",
            method: method, isStrict: true)
    }
}
