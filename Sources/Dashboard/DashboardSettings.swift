internal import KeyEvents
internal import KeyledgerHTTP
public import LedgerAPI

/// The operator's configuration of the dashboard.
public struct DashboardSettings: Sendable {
    /// The URL at which people reach the service, such as `https://keys.example.com`. With `https` the session cookie is only
    /// sent over TLS.
    public var publicURL: String?
    /// The link to the documentation of the API that keys are for; `nil` leads to the page about this service's own API, which
    /// operators have a link to in any case.
    public var documentationLink: String?
    /// The link to the support of the product.
    public var supportLink: String?
    /// The link to the host product, where account owners sign in.
    public var hostLink: String?
    /// The name of the host product.
    public var hostName: String
    /// The sources that may show the dashboard in a frame, as in the Content-Security-Policy; `nil` when none may.
    public var frameAncestors: String?
    /// The scopes that are offered when a key is created, each with a text that says what it allows.
    public var suggestedScopes: [(scope: String, meaning: String)]
    /// The presets that are offered when a key is created; they may use other scopes than the suggested ones.
    public var presets = KeyPreset.standard
    /// The expiry that is preselected when a key is created, in days from then; `nil` for none.
    public var defaultExpiryDays: Int?
    /// The URL that a new key can be tried out on, with a GET; `nil` when there is none, and no example is shown.
    public var exampleURL: String?
    /// The scope that a GET of `exampleURL` needs; `nil` when it needs none, or that is not known.
    public var exampleScope: String?
    /// The environment of the keys that `exampleURL` takes.
    public var exampleEnvironment: String
    /// The settings for signing in with tokens of the host product; `nil` when that is disabled.
    public var handOver: HandOverSettings?
    /// The proxies whose statements about a client's address are believed.
    public var trustedProxies: TrustedProxies

    /// Creates the configuration; every value has a default.
    public init(
        publicURL: String? = nil, documentationLink: String? = nil, supportLink: String? = nil, hostLink: String? = nil,
        hostName: String = "your product", frameAncestors: String? = nil,
        suggestedScopes: [(scope: String, meaning: String)] = [
            ("listings:read", "See property listings"), ("listings:write", "Create, change and remove property listings"),
        ],
        exampleURL: String? = nil, exampleScope: String? = nil, exampleEnvironment: String? = nil, handOver: HandOverSettings? = nil,
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
        self.exampleScope = exampleScope
        self.exampleEnvironment = exampleEnvironment ?? KeyEnvironment.default
        self.handOver = handOver
        self.trustedProxies = trustedProxies
    }

    /// Whether people reach the page over TLS.
    var isSecure: Bool { publicURL?.lowercased().hasPrefix("https://") ?? false }

    /// Returns the name of a cookie. With TLS it has the prefix that makes browsers accept the cookie from this host alone, and
    /// over TLS alone (draft-ietf-httpbis-rfc6265bis section 4.1.3.2): no other host of the domain can set it.
    func cookieName(_ name: String) -> String { (isSecure ? "__Host-" : "") + "keyledger_" + name }
}
