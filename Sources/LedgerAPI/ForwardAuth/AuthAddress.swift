/// The address that a gateway calls. What the gateway requires of the customer's key stands either in the query, as the
/// gateway's configuration says: `/v1/auth?scope=listings:read`; or, for gateways that append the customer's path and query to
/// a prefix (Envoy), in one segment of the path: `/v1/auth/for/scope=listings:read/` + `/listings/42?page=2`.
package struct AuthAddress: Sendable {
    package static let path = "/v1/auth"
    private static let prefix = path + "/for/"

    /// The parameters, as they stand in the address.
    package let demand: String?
    /// The path and query of the customer's request, when they are part of this address.
    package let target: String?

    /// Parses the target of a request in origin form (RFC 9112 section 3.2.1), which has no fragment.
    package init?(target: String) {
        guard !target.utf8.contains(UInt8(ascii: "#")) else { return nil }
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        self.init(path: String(target[..<(mark ?? target.endIndex)]), query: mark.map { String(target[target.utf8.index(after: $0)...]) })
    }

    /// Parses a path and a query; `nil` for the address of another route. A prefix without a slash at its end is refused:
    /// otherwise text that the customer sent would be read as the gateway's parameters.
    package init?(path: String, query: String?) {
        if path == Self.path {
            demand = query
            target = nil
            return
        }
        guard path.hasPrefix(Self.prefix) else { return nil }
        let rest = path.dropFirst(Self.prefix.count)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        // A hyphen stands for no parameters, because some gateways drop an empty segment.
        demand = rest[..<slash] == "-" ? nil : String(rest[..<slash])
        target = rest[rest.index(after: slash)...] + (query.map { "?" + $0 } ?? "")
    }

    /// The dialect of the response. It is determined only when needed: a response that lets the customer pass is the same in
    /// every dialect.
    package var form: AuthForm { AuthForm(demand) }
}
