/// The networks of the proxies whose statements about the sender of a request are believed.
package struct TrustedNetworks: Sendable {
    private let networks: [IPNetwork]

    package init(_ networks: [IPNetwork]) { self.networks = networks }

    package func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// Returns the client's address by the fields of `X-Forwarded-For` that a trusted proxy sent: the rightmost hop that is no trusted
    /// proxy, since each hop was written by the one to its right. Where all hops are trusted it is the first, from which the request
    /// came. Blank hops are skipped.
    ///
    /// - Parameter fields: the values of all fields of that name, in their order.
    /// - Returns: the address; `nil` where it cannot be determined: the author of a hop that is no address may have written anything.
    package func client(forwardedFor fields: [String]) -> IPAddress? {
        var client: IPAddress?
        for field in fields.reversed() {
            var rest = Substring(field)
            while !rest.isEmpty {
                let comma = rest.utf8.lastIndex(of: UInt8(ascii: ","))
                let hop = (comma.map { rest[rest.utf8.index(after: $0)...] } ?? rest).trimmingSpaces
                rest = comma.map { rest[..<$0] } ?? ""
                if hop.isEmpty { continue }
                guard let address = IPAddress(endpoint: hop) else { return nil }
                client = address
                guard contains(address) else { return address }
            }
        }
        return client
    }
}
