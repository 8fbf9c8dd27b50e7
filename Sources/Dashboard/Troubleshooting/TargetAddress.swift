/// The scheme, host, port and path of an address that a request goes to.
struct TargetAddress: Equatable {
    private let scheme: String
    private let host: String
    private let port: String
    private let path: String

    /// Reads an address; `nil` for one that is not whole, or that holds a variable.
    init?(_ address: String) {
        guard let separator = address.firstRange(of: "://") else { return nil }
        scheme = address[..<separator.lowerBound].lowercased()
        let rest = address[separator.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }.split(separator: "@").last.map(String.init) ?? ""
        guard !authority.isEmpty, !authority.contains(where: { "${}<>%".contains($0) }) else { return nil }
        let isLiteral = authority.hasPrefix("[")
        let end =
            isLiteral ? authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 } : authority.firstIndex(of: ":")
        host = authority[..<(end ?? authority.endIndex)].lowercased()
        port = end.map { String(authority[authority.index(after: $0)...]) } ?? (scheme == "https" ? "443" : "80")
        path = String(rest.drop { !"/?#".contains($0) }.prefix { $0 != "?" && $0 != "#" })
    }

    /// Says in what the addresses of a request differ from that of the listings API.
    ///
    /// - Parameters:
    ///   - addresses: The addresses in the text. It is enough that one of them is right.
    ///   - known: The address of the listings.
    ///   - mayBeBase: Whether a program may put a path behind an address.
    /// - Returns: The difference, without anything of the addresses in the text; `nil` where there is none, or none can be told.
    static func difference(of addresses: [String], from known: String, mayBeBase: Bool) -> String? {
        guard let expected = TargetAddress(known) else { return nil }
        let targets = addresses.compactMap(TargetAddress.init)
        let differences = targets.map { expected.difference($0, mayBeBase: mayBeBase) }
        guard let first = differences.first, let part = first, !differences.contains(nil) else { return nil }
        let shown = known.prefix { $0 != "?" && $0 != "#" }
        return "The listings API is at \(shown): this request goes to \(part)."
    }

    private func difference(_ other: TargetAddress, mayBeBase: Bool) -> String? {
        if other.host != host { return "another host" }
        if other.scheme != scheme { return other.scheme == "http" ? "http, which is not encrypted" : "another scheme" }
        if other.port != port { return "another port" }
        if mayBeBase, path.hasPrefix(other.path) { return nil }
        if other.path != path, !other.path.hasPrefix(path + "/") { return "another path" }
        return other.path.hasSuffix("/") && !path.hasSuffix("/") ? "a path with a slash at its end" : nil
    }
}
