internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import KeyledgerHTTP
internal import LedgerAPI

/// The options of `serve` for gateways that call it (`/v1/auth`).
struct GatewayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Also answer gateways here, and nothing else; they then need no key of their own. Whoever can connect can ask.",
            valueName: "host:port|unix:path"))
    var authListen: ListenAddress?

    @Option(
        help: ArgumentHelp(
            "Who may connect to the Unix socket of --auth-listen: its owner, its group, others, as for chmod; to write is to connect.",
            valueName: "mode"))
    var authSocketMode = FileMode.socket

    @Option(help: "A header in which customers may send their key, beside Authorization and X-API-Key.")
    var keyHeader: String?

    @Option(
        help: ArgumentHelp(
            """
            A proxy whose word is taken about where a call comes from, on every listener, and from gateways about the customer's method \
            and path; may come several times. Default: those on this host. Unix sockets always are.
            """, valueName: "cidr"))
    var trustedProxy: [String] = []

    func settings() throws -> ForwardAuthSettings {
        var settings = ForwardAuthSettings()
        if let keyHeader {
            guard let header = KeyHeader(keyHeader) else {
                throw UsageError("--key-header takes the name of a header that has no other meaning, such as X-Listings-Key.")
            }
            settings.keyHeader = header
        }
        if !trustedProxy.isEmpty {
            settings.trustedProxies = TrustedProxies(
                try trustedProxy.map { text in
                    guard let network = IPNetwork(text) else {
                        throw UsageError("--trusted-proxy takes IP addresses and ranges such as 10.0.0.0/8.")
                    }
                    return network
                })
        }
        return settings
    }
}
