internal import ArgumentParser
internal import Dashboard
internal import Foundation
internal import KeyEvents

/// The options of `serve` for the settings page.
struct DashboardOptions: ParsableArguments {
    @Option(help: "Where people reach the service, such as https://keys.example.com; with https its cookie is only sent over TLS.")
    var publicURL: String?

    @Option(help: "The documentation of the API that keys are for; by default the page shows that of this service.")
    var docsLink: String?

    @Option(help: "Where people find help.")
    var supportLink: String?

    @Option(help: "Where account owners sign in to your product; shown to whoever is not signed in.")
    var hostLink: String?

    @Option(help: "The name of your product.")
    var hostName: String?

    @Option(help: "Who may show the page in a frame, as in Content-Security-Policy, such as https://app.example.com. Default: nobody.")
    var frameAncestors: String?

    @Option(help: "An address of your API that a new key can be tried on, with GET; without one the page shows no such command.")
    var exampleURL: String?

    @Option(help: "The scope that a GET of --example-url needs.")
    var exampleScope: String?

    @Option(help: "The environment of the keys that --example-url takes.")
    var exampleEnvironment: String?

    @Option(help: "A scope to offer when a key is created; may come several times, as scope or scope=what it allows.")
    var suggestScope: [String] = []

    @Option(
        help: ArgumentHelp(
            "A JSON file with the presets that are offered when a key is created, each with a name and scopes; see the article SettingsPage. "
                + "Default: Property Sync, CRM Integration and Website.", valueName: "file"))
    var presets: String?

    @Option(help: "The expiry that is preselected when a key is created; people may choose another.")
    var defaultKeyExpiry: DefaultKeyExpiry = .none

    @Option(help: "A file with the key that your product signs its users' tokens with: the secret, or the public key.")
    var handOverKey: String?

    @Option(help: "HS256, ES256 (a public key as PEM) or EdDSA (the x of a public JWK).")
    var handOverAlgorithm: Algorithm = .hs256

    @Option(help: "The audience (aud) of your product's tokens.")
    var handOverAudience = "keyledger"

    @Flag(help: "Print a link that signs its reader in as an operator, once.")
    var signInLink = false

    enum Algorithm: String, ExpressibleByArgument, CaseIterable {
        case hs256 = "HS256"
        case es256 = "ES256"
        case edDSA = "EdDSA"
    }

    enum DefaultKeyExpiry: String, ExpressibleByArgument, CaseIterable {
        case none
        case month = "30d"
        case quarter = "90d"
        case year = "1y"

        var days: Int? {
            switch self {
            case .none: nil
            case .month: 30
            case .quarter: 90
            case .year: 365
            }
        }
    }

    func settings() throws -> DashboardSettings {
        var settings = DashboardSettings()
        settings.publicURL = try publicURL.map { try Self.link($0, "--public-url") }.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        settings.documentationLink = try docsLink.map { try Self.link($0, "--docs-link") }
        settings.supportLink = try supportLink.map { $0.hasPrefix("mailto:") ? $0 : try Self.link($0, "--support-link") }
        settings.hostLink = try hostLink.map { try Self.link($0, "--host-link") }
        if let hostName { settings.hostName = hostName }
        if let exampleURL { settings.exampleURL = try Self.link(exampleURL, "--example-url") }
        settings.exampleScope = exampleScope
        if let exampleEnvironment { settings.exampleEnvironment = exampleEnvironment }
        if let exampleScope, !Scope.isValid(exampleScope) { throw UsageError("--example-scope takes a scope, such as listings:read.") }
        guard KeyEnvironment.isValid(settings.exampleEnvironment) else {
            throw UsageError("--example-environment takes an environment, such as live or test.")
        }
        if let frameAncestors {
            guard !frameAncestors.isEmpty, frameAncestors.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x3B && $0 != 0x2C }) else {
                throw UsageError("--frame-ancestors takes sources separated by spaces, such as https://app.example.com.")
            }
            settings.frameAncestors = frameAncestors
        }
        if !suggestScope.isEmpty {
            settings.suggestedScopes = suggestScope.map { text in
                let parts = text.split(separator: "=", maxSplits: 1)
                return (String(parts.first ?? ""), parts.count == 2 ? String(parts[1]) : "")
            }
        }
        try set(presets: presets, in: &settings)
        settings.defaultExpiryDays = defaultKeyExpiry.days
        settings.handOver = try handOver()
        return settings
    }

    /// Sets the presets, and offers their scopes where none are named. The default presets use the default scopes alone.
    private func set(presets file: String?, in settings: inout DashboardSettings) throws {
        guard let file else {
            if !suggestScope.isEmpty { settings.presets = [] }
            return
        }
        settings.presets = try PresetsFile.read(file)
        guard suggestScope.isEmpty else { return }
        let known = settings.suggestedScopes
        let scopes = settings.presets.flatMap(\.scopes)
        settings.suggestedScopes = scopes.enumerated().filter { scopes.firstIndex(of: $1) == $0 }.map { _, scope in
            (scope, known.first { $0.scope == scope }?.meaning ?? "")
        }
    }

    private func handOver() throws -> HandOverSettings? {
        guard let file = handOverKey else { return nil }
        guard let key = FileManager.default.contents(atPath: file) else {
            throw UsageError("The file of --hand-over-key, \(file), cannot be read.")
        }
        let algorithm: HandOverSettings.Algorithm =
            switch handOverAlgorithm {
            case .hs256: .hs256
            case .es256: .es256
            case .edDSA: .edDSA
            }
        return HandOverSettings(algorithm: algorithm, key: key, audience: handOverAudience)
    }

    private static func link(_ text: String, _ option: String) throws -> String {
        guard let url = URLComponents(string: text), ["http", "https"].contains(url.scheme?.lowercased() ?? ""), url.host?.isEmpty == false
        else { throw UsageError("\(option) takes an address that begins with https:// or http://.") }
        return text
    }
}
