internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Validation

/// Finds the one API key that a call presents.
enum Credentials {
    /// Names of parameters that can mean nothing else. A parameter of another name holds a key if its value is one.
    private static let misplaced: Set<String> = ["api_key", "apikey", "api-key", "x-api-key", "access_token"]

    /// How a call may present its key.
    enum Scheme {
        /// `Authorization: Bearer`, or `X-API-Key`.
        case bearer
        /// These, or `Authorization: Basic` with the key as the password (RFC 7617), as OAuth's clients do (RFC 6749 section 2.3.1).
        case bearerOrBasic
    }

    static func find(in request: Request, _ scheme: Scheme = .bearer) throws(Problem) -> Substring {
        try refuseKey(inTarget: request.uri.description)
        if scheme == .bearerOrBasic, request.headers[values: .apiKey].isEmpty {
            let authorization = request.headers[values: .authorization]
            if authorization.count == 1, let credentials = BasicCredentials(authorization[0]) { return credentials.key[...] }
        }
        return try find(in: request.headers)
    }

    /// `target`: a path and query. Addresses end up in logs and histories, so a key in one is burnt.
    static func refuseKey(inTarget target: String) throws(Problem) {
        if MisplacedSecret(in: target, isWhole: true) != nil
            || Query.names(ofTarget: target).contains(where: { misplaced.contains($0.lowercased()) })
        {
            throw .badCredentials("An API key must not stand in the address, which is logged in many places; consider it leaked. ")
        }
    }

    /// `names`: of the headers that hold a key and nothing else.
    static func find(in headers: HTTPFields, direct names: [HTTPField.Name] = [.apiKey]) throws(Problem) -> Substring {
        let authorization = headers[values: .authorization]
        let direct = names.flatMap { headers[values: $0] }
        guard authorization.count + direct.count > 0 else { throw .missingCredentials }
        guard authorization.count + direct.count == 1 else { throw .badCredentials("") }
        if (direct + authorization).allSatisfy(isWithoutKey) { throw .emptyCredentials }
        guard let secret = direct.first.map({ $0[...] }) ?? authorization.first.flatMap(bearer), isOne(secret) else {
            throw .badCredentials("")
        }
        return secret
    }

    /// The header is there, and nothing in it: a program whose setting for the key is not filled in.
    private static func isWithoutKey(_ header: String) -> Bool {
        let text = header[...].trimmingSpaces
        return text.isEmpty || text.lowercased() == "bearer"
    }

    private static func bearer(_ header: String) -> Substring? {
        let space = UInt8(ascii: " ")
        guard let end = header.utf8.firstIndex(of: space), header[..<end].lowercased() == "bearer" else { return nil }
        return Substring(header.utf8[end...].drop { $0 == space })
    }

    /// Two header fields may arrive joined by a comma.
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

    static func challenge(error: String?) -> String {
        "Bearer realm=\"keyledger\"" + (error.map { ", error=\"\($0)\"" } ?? "")
    }
}

extension HTTPField.Name {
    static let apiKey = Self("X-API-Key")!
    static let idempotencyKey = Self("Idempotency-Key")!
    static let idempotentReplay = Self("Idempotent-Replay")!
}

extension VerdictCode {
    /// The sentence of a verdict that was reached without looking at the ledger.
    fileprivate var sentence: String { Verdict(self, position: nil, decidedAt: Timestamp(seconds: 0)).message }
}
