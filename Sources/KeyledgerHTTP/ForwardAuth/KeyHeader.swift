internal import HTTPTypes

/// A header in which customers may send their key, apart from `Authorization` and `X-API-Key`.
public struct KeyHeader: Sendable {
    let name: HTTPField.Name

    /// Parses a header's name; `nil` for text that is not one (RFC 9110 section 5.1), and for names that have another meaning
    /// already.
    public init?(_ text: String) {
        guard let name = HTTPField.Name(text), !Self.taken.contains(name.canonicalName),
            !Self.takenBeginnings.contains(where: { name.canonicalName.hasPrefix($0) })
        else { return nil }
        self.name = name
    }

    private static let taken: Set<String> = [
        "authorization", "x-api-key", "cookie", "host", "connection", "content-length", "transfer-encoding", "origin", "forwarded",
        "x-real-ip", "x-account-id",
    ]

    private static let takenBeginnings = ["x-key-", "x-forwarded-", "x-original-", "x-keyledger-", "access-control-", "sec-"]
}
