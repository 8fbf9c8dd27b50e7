internal import Bytes
internal import KeyEvents
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

    /// Throws a problem when a path and query contain a key. Addresses end up in logs and histories, so such a key has leaked.
    package static func refuseKey(inTarget target: String) throws(Problem) {
        if MisplacedSecret(in: target, isWhole: true) != nil
            || Query.names(ofTarget: target).contains(where: { misplaced.contains($0.lowercased()) })
        {
            throw .badCredentials("An API key must not stand in the address, which is logged in many places; consider it leaked. ")
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

    package static func challenge(error: String?) -> String {
        "Bearer realm=\"keyledger\"" + (error.map { ", error=\"\($0)\"" } ?? "")
    }
}

extension VerdictCode {
    /// The sentence of a verdict that is reached without reading the ledger.
    fileprivate var sentence: String { Verdict(self, position: nil, decidedAt: Timestamp(seconds: 0)).message }
}
