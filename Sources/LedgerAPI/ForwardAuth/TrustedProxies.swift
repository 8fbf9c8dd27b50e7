public import Bytes

/// The proxies whose statements about a client's request are believed. A peer on a Unix socket is one of them: the permissions
/// of the socket's file say who may connect.
public struct TrustedProxies: Sendable {
    /// The proxies on this host.
    public static let loopback = TrustedProxies(["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) })

    private let networks: TrustedNetworks

    /// Makes a set of proxies.
    ///
    /// - Parameter networks: the networks of their addresses.
    public init(_ networks: [IPNetwork]) { self.networks = TrustedNetworks(networks) }

    package func contains(_ address: IPAddress) -> Bool { networks.contains(address) }

    /// Returns the client that a trusted proxy names; `nil` where it names none, or its statements contradict each other.
    package func client(of forwarded: ForwardedFields) -> IPAddress? {
        let named = forwarded.addresses.map { IPAddress(endpoint: $0[...].trimmingSpaces) }
        guard !forwarded.hops.isEmpty else { return named.count == 1 ? named[0] : nil }
        let client = networks.client(forwardedFor: forwarded.hops)
        // A proxy that writes both says the same in both. Where they differ, it wrote one and let the client's own through, and
        // nobody here can tell which: whoever preferred one would believe an address that a client made up. In a chain of proxies, `X-Real-IP` may name a proxy in its
        // middle.
        let isContradicted = named.contains { $0 != client && !($0.map { contains($0) } ?? false) }
        return isContradicted ? nil : client
    }
}
