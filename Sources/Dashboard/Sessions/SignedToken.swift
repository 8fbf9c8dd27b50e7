internal import Bytes
internal import Foundation
internal import JWTKit
internal import KeyEvents
internal import KeyledgerHTTP
internal import LedgerAPI

/// A JWT in its compact form (RFC 7519; RFC 7515 section 7.1) with a valid signature, parsed strictly. Nothing of a token is
/// parsed before its signature is verified, and parsing is not left to a library: JWTKit, for one, ends the process on an empty
/// `aud`.
struct SignedToken {
    /// Why a token is not accepted.
    enum Failure: Error {
        /// The text is not three parts in base64url, or the signature was not made with this key.
        case forged
        /// The signature is valid, but the parts are not JSON objects with unique names; the algorithm is not the key's; or
        /// there are extensions that must be understood (`crit`), of which none is.
        case unreadable
    }

    private let claims: JSONValue
    private let times: Times

    /// The times of a token, in seconds since the epoch, which may have a fraction (RFC 7519 section 2, NumericDate).
    private struct Times: Decodable {
        let exp: Double?
        let nbf: Double?
        let iat: Double?
    }

    /// Verifies and parses a token.
    ///
    /// - Parameters:
    ///   - text: The compact form of the token.
    ///   - algorithm: The algorithm with the key that must have signed the token; its name must be the header's `alg`.
    /// - Throws: `Failure` for a token that must not be believed.
    init(_ text: String, signedBy algorithm: any JWTAlgorithm) throws(Failure) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(String(parts[0])), let payload = Base64URL.decode(String(parts[1])),
            let signature = Base64URL.decode(String(parts[2]))
        else { throw .forged }
        // The algorithm throws for a signature of the wrong length.
        let isGenuine = (try? algorithm.verify(signature, signs: Array("\(parts[0]).\(parts[1])".utf8))) ?? false
        guard isGenuine else { throw .forged }
        guard let fields = Self.object(header), fields["alg"] == .string(algorithm.name), fields["crit"] == nil,
            let claims = Self.object(payload), let times = try? JSONDecoder().decode(Times.self, from: Data(payload))
        else { throw .unreadable }
        self.claims = claims
        self.times = times
    }

    private static func object(_ bytes: [UInt8]) -> JSONValue? {
        guard let value = try? JSONParser.parse(bytes.span), case .object = value else { return nil }
        return value
    }

    /// Returns a claim that is a string; `nil` when there is none.
    func text(_ name: String) -> String? {
        guard case .string(let text)? = claims[name] else { return nil }
        return text
    }

    /// The audience of the token: one string, or a list of strings (RFC 7519 section 4.1.3). It is empty when it cannot be
    /// read.
    var audience: [String] {
        switch claims["aud"] {
        case .string(let text)?: [text]
        case .array(let elements)?:
            elements.map { if case .string(let text) = $0 { text } else { "" } }
        default: []
        }
    }

    /// The time at which the token expires; `nil` when there is none, or none that a calendar knows.
    var expiresAt: Timestamp? { Self.time(times.exp) }
    /// The time before which the token must not be accepted; `nil` when it names none, and the latest possible time when that
    /// cannot be read.
    var notBefore: Timestamp? { times.nbf.map { Self.time($0) ?? Timestamp(microseconds: .max) } }
    /// The time at which the token was issued; `nil` when it names none, and the latest possible time when that cannot be read.
    var issuedAt: Timestamp? { times.iat.map { Self.time($0) ?? Timestamp(microseconds: .max) } }

    private static func time(_ seconds: Double?) -> Timestamp? {
        guard let seconds, seconds.isFinite, (0...253_402_300_799).contains(seconds) else { return nil }
        return Timestamp(microseconds: Int64(seconds * 1_000_000))
    }
}

extension JSONValue {
    fileprivate subscript(_ name: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }
}
