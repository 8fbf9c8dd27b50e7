public import HTTPTypes
public import KeyEvents
public import NIOCore

/// The proxies whose word about the customer's request is taken. Whoever connects through a Unix socket is among them: its file
/// says who may.
public struct TrustedProxies: Sendable {
    /// Proxies on this host.
    public static let loopback = TrustedProxies(["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) })

    private let networks: [IPNetwork]

    public init(_ networks: [IPNetwork]) { self.networks = networks }

    func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    func contains(_ peer: Peer) -> Bool {
        if case .unixDomainSocket = peer.socket { return true }
        return peer.address.map { contains($0) } ?? false
    }

    /// Who sent a request: whoever is connected or, where that is a trusted proxy that tells of somebody else, whom it tells of.
    ///
    /// - Parameters:
    ///   - request: the head as it came.
    ///   - peer: the other end of the connection.
    /// - Returns: `nil` where it cannot be known: there is no address, or what the proxy tells contradicts itself.
    public func client(of request: HTTPRequest, from peer: SocketAddress?) -> IPAddress? {
        let peer = Peer(peer)
        guard contains(peer), OriginalRequest.tellsOfAddress(request.headerFields) else { return peer.address }
        return OriginalRequest(request, target: nil, trusted: self).address
    }

    /// The customer's address by the fields of `X-Forwarded-For` that a trusted proxy sent: the rightmost hop that is no trusted
    /// proxy, since each hop was written by the one to its right. Where all hops are trusted it is the first, from where the request
    /// came. `nil` where it cannot be known: a hop that is no address was written by somebody who may have written anything.
    func client(forwardedFor fields: [String]) -> IPAddress? {
        var client: IPAddress?
        for field in fields.reversed() {
            var rest = Substring(field)
            while !rest.isEmpty {
                let comma = rest.utf8.lastIndex(of: UInt8(ascii: ","))
                let hop = (comma.map { rest[rest.utf8.index(after: $0)...] } ?? rest).trimmingSpaces
                rest = comma.map { rest[..<$0] } ?? ""
                if hop.isEmpty { continue }
                guard let address = Self.address(hop) else { return nil }
                client = address
                guard contains(address) else { return address }
            }
        }
        return client
    }

    /// With or without brackets around an IPv6 address, and a port behind it.
    static func address(_ hop: Substring) -> IPAddress? {
        let bytes = hop.utf8
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")), isPort(hop[bytes.index(after: end)...]) else { return nil }
            return IPAddress(hop[bytes.index(after: bytes.startIndex)..<end])
        }
        let colon = UInt8(ascii: ":")
        guard let first = bytes.firstIndex(of: colon), !bytes[bytes.index(after: first)...].contains(colon) else { return IPAddress(hop) }
        return isPort(hop[first...]) ? IPAddress(hop[..<first]) : nil
    }

    /// Nothing, or a colon and a number.
    private static func isPort(_ text: Substring) -> Bool {
        guard let colon = text.utf8.first else { return true }
        let digits = Substring(text.utf8.dropFirst())
        return colon == UInt8(ascii: ":") && UInt16(digits) != nil && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
