internal import Bytes
internal import KeyEvents
package import Ledger
internal import Validation

/// Finds the one API key that a call presents.
package enum Credentials {
    /// Names of query parameters that can only mean a key. A parameter of another name is refused if its value is a key.
    private static let misplaced: Set<String> = ["api_key", "apikey", "api-key", "x-api-key", "access_token"]

    /// How a call may present its key.
    package enum Scheme {
        /// The key stands in `Authorization: Bearer` or in `X-API-Key`.
        case bearer
        /// The key stands in one of these, or is the password in `Authorization: Basic` (RFC 7617), as OAuth clients send it
        /// (RFC 6749 section 2.3.1).
        case bearerOrBasic
    }

    /// Throws a problem when a path and query contain a key, or a part of one. Addresses end up in logs and histories, so such a key has
    /// leaked.
    package static func refuseKey(inTarget target: String, of ledger: Ledger) throws(Problem) {
        try refuseKey(inTarget: target, holdsSecret(target, of: ledger))
    }

    /// Throws a problem when a path and query contain a key, as far as that can be told without its ledger, whose keys have `prefix`.
    package static func refuseKey(inTarget target: String, prefix: String) throws(Problem) {
        try refuseKey(inTarget: target, MisplacedSecret(in: target, isWhole: true, prefix: prefix) != nil)
    }

    /// Whether a text that a machine generated, such as an address, contains a key or a part of one.
    package static func holdsSecret(_ text: String, of ledger: Ledger) -> Bool {
        do { return try ledger.commands.misplacedSecret(inGenerated: text) != nil } catch {
            // What the ledger would know cannot be read now; the rule needs no ledger.
            return MisplacedSecret(in: text, isWhole: true, prefix: ledger.prefix) != nil
        }
    }

    private static func refuseKey(inTarget target: String, _ holdsSecret: Bool) throws(Problem) {
        if holdsSecret
            || Query.names(ofTarget: target).contains(where: { misplaced.contains($0.lowercased()) })
        {
            throw .badCredentials("An API key must not stand in the address, which is logged in many places; consider it leaked. ")
        }
    }

    /// Throws a problem when the user name of `Authorization: Basic` contains a key. User names end up in logs, so such a key has
    /// leaked.
    package static func refuseKey(inUserName name: String, of ledger: Ledger) throws(Problem) {
        if holdsSecret(name, of: ledger) {
            throw .badCredentials(
                "An API key must not stand in the user name of Authorization: Basic, which is logged in many places; consider it leaked,"
                    + " and send a new one as the password. ")
        }
    }

    /// Finds the key in the header fields of a request.
    ///
    /// - Parameters:
    ///   - authorization: The values of `Authorization`.
    ///   - direct: The values of the headers that contain a key and nothing else, such as `X-API-Key`.
    /// - Returns: The key, as it was sent.
    /// - Throws: The problem of a call that presents none, several, or one that cannot be read.
    package static func find(authorization: [String], direct: [String]) throws(Problem) -> Substring {
        guard authorization.count + direct.count > 0 else { throw .missingCredentials }
        guard authorization.count + direct.count == 1 else { throw .badCredentials("") }
        if (direct + authorization).allSatisfy(isWithoutKey) { throw .emptyCredentials }
        guard let secret = direct.first.map({ $0[...] }) ?? authorization.first.flatMap(bearer), isOne(secret) else {
            throw .badCredentials("")
        }
        return secret
    }

    /// Whether a header is present but contains no key, as when a program's setting for the key is not filled in.
    private static func isWithoutKey(_ header: String) -> Bool {
        let text = header[...].trimmingSpaces
        return text.isEmpty || text.lowercased() == "bearer"
    }

    private static func bearer(_ header: String) -> Substring? {
        let space = UInt8(ascii: " ")
        guard let end = header.utf8.firstIndex(of: space), header[..<end].lowercased() == "bearer" else { return nil }
        return Substring(header.utf8[end...].drop { $0 == space })
    }

    /// Whether a text is a single key: two header fields may arrive joined by a comma.
    private static func isOne(_ secret: Substring) -> Bool {
        !secret.isEmpty && !secret.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
}

extension Problem {
    fileprivate static var missingCredentials: Problem {
        Problem(.missing, VerdictCode.missing.sentence, headers: [.wwwAuthenticate: challenge(error: nil)])
    }

    fileprivate static func badCredentials(_ why: String) -> Problem {
        Problem(.badHeader, why + VerdictCode.badHeader.sentence, headers: [.wwwAuthenticate: challenge(error: "invalid_request")])
    }

    fileprivate static var emptyCredentials: Problem {
        Problem(
            .badHeader,
            "The header for the API key was sent without a key; see whether the program that calls has been given one. "
                + VerdictCode.badHeader.sentence, headers: [.wwwAuthenticate: challenge(error: "invalid_request")])
    }

    package static func challenge(error: String?, scopes: [String] = []) -> String {
        BearerChallenge.text(realm: "keyledger", error: error, scopes: scopes)
    }
}

extension VerdictCode {
    /// The sentence of a verdict that is reached without reading the ledger.
    fileprivate var sentence: String { Verdict(self, position: nil, decidedAt: Timestamp(seconds: 0)).message }
}
