internal import Bytes

/// What the name of a field says about its value.
enum HeaderName: Equatable {
    /// The names in which the service looks for a key: `Authorization` and `X-API-Key`.
    case authorization, apiKey
    /// Another header that people take for one of the two, or a misspelling.
    case misnamed
    /// A word that often names a secret in programs and settings.
    case secretWord
    /// A call that sends the key in `Authorization: Bearer`, such as `bearer_auth("…")`.
    case bearerCall
    /// A call or an option that sends a user name and a password.
    case basicCall
    case other

    init(_ name: some StringProtocol) { self.init(Array(name.utf8)) }

    private init(_ name: [UInt8]) {
        // Most names of a long text are none of these, so that what is done for each is little.
        guard (2...40).contains(name.count) else {
            self = .other
            return
        }
        var plain: [UInt8] = []
        plain.reserveCapacity(name.count)
        for byte in name where byte != UInt8(ascii: "-") && byte != UInt8(ascii: "_") { plain.append(byte.asciiLowercased) }
        let word = String(decoding: plain, as: UTF8.self)
        if word == "authorization" || word == "xapikey" || word.hasPrefix("http") || word.hasPrefix("redirect") {
            switch String(decoding: name, as: UTF8.self).lowercased() {
            case "authorization", "http_authorization", "redirect_http_authorization":
                self = .authorization
                return
            case "x-api-key", "http_x_api_key":
                self = .apiKey
                return
            default: break
            }
        }
        self = Self.kinds[word] ?? (Self.isNear(word, "authorization") || Self.isNear(word, "xapikey") ? .misnamed : .other)
    }

    private static let kinds: [String: HeaderName] = Dictionary(
        misnames.map { ($0, .misnamed) } + secretWords.map { ($0, .secretWord) } + bearerCalls.map { ($0, .bearerCall) }
            + basicCalls.map { ($0, .basicCall) }, uniquingKeysWith: { first, _ in first })

    private static let misnames: Set<String> = [
        "xapikey", "apikey", "xkey", "apitoken", "xapitoken", "xauthtoken", "authtoken", "xauthorization", "proxyauthorization",
        "authorisation", "authentication", "xauth", "bearer", "xaccesstoken", "accesstoken", "xapi", "xtoken", "wwwauthenticate",
        "xaccesskey", "accesskey", "xsecret", "apisecret", "xauthkey", "authkey",
    ]
    private static let secretWords: Set<String> = [
        "key", "token", "secret", "auth", "password", "pass", "pwd", "bearertoken", "credential",
    ]
    private static let bearerCalls: Set<String> = [
        "bearerauth", "setbearerauth", "setauthtoken", "authbearer", "withtoken", "oauth2bearer",
    ]
    private static let basicCalls: Set<String> = [
        "httpbasicauth", "setbasicauth", "basicauth", "curloptuserpwd", "username", "user", "userpwd",
    ]

    /// Whether a word differs from another in at most two letters (Levenshtein distance), and is nearly as long.
    static func isNear(_ word: String, _ other: String) -> Bool {
        let maxDistance = other.utf8.count > 8 ? 2 : 1
        guard abs(word.utf8.count - other.utf8.count) <= maxDistance, word.utf8.first == other.utf8.first else { return false }
        let (word, other) = (Array(word.utf8), Array(other.utf8))
        var row = Array(0...other.count)
        for (line, byte) in word.enumerated() {
            var before = row[0]
            row[0] = line + 1
            for column in 1...other.count {
                let cost = before + (byte == other[column - 1] ? 0 : 1)
                before = row[column]
                row[column] = Swift.min(cost, row[column] + 1, row[column - 1] + 1)
            }
        }
        return row[other.count] <= maxDistance
    }

    /// A name as it may be shown again: words of letters, none so long that it could be a piece of a secret.
    static func shown(_ name: String) -> String? {
        let parts = name.utf8.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        guard name.utf8.count <= 32, parts.allSatisfy({ (1...14).contains($0.count) && $0.allSatisfy(\.isASCIILetter) }) else { return nil }
        return name
    }
}
