public import KeyledgerHTTP

/// What an operator configures of the web page.
public struct DashboardSettings: Sendable {
    /// Where people reach the service, such as `https://keys.example.com`; with `https` the session cookie is only sent over TLS.
    public var publicURL: String?
    /// Of the product's own documentation; by default the readable page of this service's API.
    public var documentationLink: String?
    public var supportLink: String?
    /// Where account owners sign in, and its name.
    public var hostLink: String?
    public var hostName: String
    /// The sources that may show the page in a frame, as in the Content-Security-Policy; `nil`: none.
    public var frameAncestors: String?
    /// Offered when a key is created, each with what it allows.
    public var suggestedScopes: [(scope: String, meaning: String)]
    /// The address in the ready command that tries a new key.
    public var exampleURL: String
    public var handOver: HandOverSettings?
    /// Whose word is taken about where a request came from.
    public var trustedProxies: TrustedProxies

    public init(
        publicURL: String? = nil, documentationLink: String? = nil, supportLink: String? = nil, hostLink: String? = nil,
        hostName: String = "your product", frameAncestors: String? = nil,
        suggestedScopes: [(scope: String, meaning: String)] = [
            ("listings:read", "See property listings"), ("listings:write", "Create, change and remove property listings"),
        ],
        exampleURL: String = "https://api.example.com/listings", handOver: HandOverSettings? = nil,
        trustedProxies: TrustedProxies = .loopback
    ) {
        self.publicURL = publicURL
        self.documentationLink = documentationLink
        self.supportLink = supportLink
        self.hostLink = hostLink
        self.hostName = hostName
        self.frameAncestors = frameAncestors
        self.suggestedScopes = suggestedScopes
        self.exampleURL = exampleURL
        self.handOver = handOver
        self.trustedProxies = trustedProxies
    }

    /// Whether people reach the page over TLS.
    var isSecure: Bool { publicURL?.lowercased().hasPrefix("https://") ?? false }

    /// Over TLS with the prefix that makes browsers take the cookie from this host alone, and over TLS alone (draft-ietf-httpbis-rfc6265bis
    /// section 4.1.3.2): no other host of the domain can set it.
    func cookieName(_ name: String) -> String { (isSecure ? "__Host-" : "") + "keyledger_" + name }
}
