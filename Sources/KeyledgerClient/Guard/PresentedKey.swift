internal import HTTPTypes
internal import Hummingbird

/// Finds the one API key that a call presents.
enum PresentedKey {
    /// Names of query parameters that can only mean a key. Addresses end up in logs and in browser histories.
    private static let misplaced: Set<String> = ["api_key", "apikey", "api-key", "x-api-key", "access_token"]

    static func find(in request: Request) throws(KeyRefusal) -> APIKey {
        guard !hasKey(in: request) else { throw .badHeader(.inAddress) }
        let authorization = request.headers[values: .authorization]
        let direct = request.headers[values: .apiKey]
        guard authorization.count + direct.count > 0 else { throw .missing }
        guard authorization.count + direct.count == 1 else { throw .badHeader(.several) }
        guard let key = direct.first.map({ $0[...] }) ?? authorization.first.flatMap(bearer) else { throw .badHeader(.scheme) }
        guard !key.isEmpty else { throw .badHeader(.empty) }
        // Two header fields may arrive joined by a comma; and no key contains white space.
        guard !key.contains(where: { $0 == "," || $0.isWhitespace }) else { throw .badHeader(.several) }
        return APIKey(String(key))
    }

    private static func bearer(_ header: String) -> Substring? {
        guard let space = header.firstIndex(of: " ") ?? (header.lowercased() == "bearer" ? header.endIndex : nil),
            header[..<space].lowercased() == "bearer"
        else { return nil }
        return header[space...].drop { $0 == " " }
    }

    /// Whether the request's address contains a key: a parameter has such a name, or a part of the address looks like a key.
    private static func hasKey(in request: Request) -> Bool {
        APIKey.isHeld(in: request.uri.description)
            || request.uri.queryParameters.contains { misplaced.contains($0.key.lowercased()) || APIKey.isHeld(in: $0.value) }
    }
}

extension HTTPField.Name {
    fileprivate static let apiKey = Self("X-API-Key")!
}
