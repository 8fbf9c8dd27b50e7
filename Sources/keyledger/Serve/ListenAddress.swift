internal import ArgumentParser
internal import Bytes
internal import Hummingbird
internal import KeyEvents

/// An address to listen on: `127.0.0.1:8082`, `[::1]:8082`, or `unix:/run/keyledger/auth.sock`.
enum ListenAddress: ExpressibleByArgument {
    case port(host: String, port: Int)
    case socket(path: String)

    init?(argument: String) {
        if argument.hasPrefix("unix:") {
            let path = String(argument.dropFirst("unix:".count))
            guard !path.isEmpty else { return nil }
            self = .socket(path: path)
            return
        }
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...]) else { return nil }
        var host = argument[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() } else if host.contains(":") { return nil }
        guard !host.isEmpty else { return nil }
        self = .port(host: String(host), port: Int(port))
    }

    var bind: BindAddress {
        switch self {
        case .port(let host, let port): .hostname(host, port: port)
        case .socket(let path): .unixDomainSocket(path: path)
        }
    }

    /// Whether only programs on this host can reach the address.
    var isLocal: Bool {
        guard case .port(let host, _) = self else { return true }
        return host == "localhost"
            || (IPAddress(host).map { address in ["127.0.0.0/8", "::1"].contains { IPNetwork($0)?.contains(address) == true } } ?? false)
    }

    /// Returns the address as text. `port` is the port that was taken, when the address asks for any free one.
    func shown(port actual: Int?) -> String {
        switch self {
        case .port(let host, let port): "http://\(host.contains(":") ? "[\(host)]" : host):\(actual ?? port)"
        case .socket(let path): "unix:\(path)"
        }
    }
}
