/// The address that a gateway calls. The gateway's requirements on the customer's key are either in the query, as in
/// `/v1/auth?scope=listings:read`; or, for gateways that append the customer's path and query to a prefix (Envoy), in one segment of
/// the path: `/v1/auth/for/scope=listings:read/` + `/listings/42?page=2`. Both are set in the gateway's configuration.
package struct AuthAddress: Sendable {
    package static let path = "/v1/auth"
    private static let prefix = path + "/for/"

    /// The text of the parameters in the address; `nil` where there are none.
    package let requirements: String?
    /// The path and query of the customer's request where they are part of this address; `nil` otherwise.
    package let target: String?

    /// Parses the target of a request in origin form (RFC 9112 section 3.2.1), which has no fragment.
    package init?(target: String) {
        guard !target.utf8.contains(UInt8(ascii: "#")) else { return nil }
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        self.init(path: String(target[..<(mark ?? target.endIndex)]), query: mark.map { String(target[target.utf8.index(after: $0)...]) })
    }

    /// Parses a path and a query; the result is `nil` for the address of another route. A prefix without a slash at its end is refused:
    /// otherwise text that the customer sent would be parsed as the gateway's parameters.
    package init?(path: String, query: String?) {
        if path == Self.path {
            requirements = query
            target = nil
            return
        }
        guard path.hasPrefix(Self.prefix) else { return nil }
        let rest = path.dropFirst(Self.prefix.count)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        // A hyphen stands for no parameters, because some gateways drop an empty segment.
        requirements = rest[..<slash] == "-" ? nil : String(rest[..<slash])
        target = rest[rest.index(after: slash)...] + (query.map { "?" + $0 } ?? "")
    }

    /// The dialect of the response. It is determined only when needed: a response that lets the customer's request through is the same
    /// in every dialect.
    package var dialect: ResponseDialect { ResponseDialect(requirements) }
}
