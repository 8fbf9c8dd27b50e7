internal import Bytes
internal import KeyEvents
public import Ledger
public import LedgerQueries
public import Validation

/// The JSON document of a verdict, of the present or of a time in the past. It describes the key only when the caller may know
/// about it.
public struct VerdictDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case valid, code, message, status, challenge, position, keyId, accountId, name, scopes, environment, expiresAt, metadata, at, events
    }

    private let verdict: Verdict
    private let scopesAsked: [String]
    /// The sentence that says what to do next.
    public let message: String
    private let key: DecryptedKey?
    private let past: PastVerdict?

    /// Creates the document of a present verdict. `message` replaces the verdict's own sentence when there is a better one;
    /// `scopes` are the scopes that were asked about.
    public init(_ verdict: Verdict, message: String? = nil, asked scopes: [String] = [], key: DecryptedKey?) {
        self.verdict = verdict
        scopesAsked = scopes
        past = nil
        self.message = message ?? verdict.message
        self.key = verdict.disclosedKey == nil ? nil : key
    }

    /// Creates the document of a past verdict: with the time it holds for, and the events it is based on.
    public init(_ past: PastVerdict, message: String? = nil, asked scopes: [String] = []) {
        verdict = past.verdict
        scopesAsked = scopes
        self.past = past
        self.message = message ?? past.verdict.message
        key = past.key
    }

    /// Whether the key is accepted.
    public var isValid: Bool { verdict.isValid }

    /// Writes the document's fields.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.valid, verdict.isValid)
        try fields.set(.code, verdict.code.rawValue)
        try fields.set(.message, message)
        try fields.set(.status, verdict.status)
        try fields.set(.challenge, verdict.challenge(asked: scopesAsked))
        try fields.set(.position, verdict.position)
        try Self.encode(key, &fields)
        guard let past else { return }
        try fields.set(.at, past.asOf.clock.description)
        try fields.set(.events, past.evidence.map(CausingEventDocument.init))
    }

    private static func encode(_ key: DecryptedKey?, _ fields: inout NullableKeyedEncoder<CodingKeys>) throws {
        try fields.set(.keyId, key?.state.id.description)
        try fields.set(.accountId, key?.state.accountID.description)
        try fields.set(.name, key?.name)
        try fields.set(.scopes, key?.state.scopes)
        try fields.set(.environment, key?.state.environment)
        try fields.set(.expiresAt, key?.state.expiresAt?.description)
        try fields.set(.metadata, key?.metadata)
    }
}

// MARK: Assembled documents

extension VerdictDocument {
    /// The beginning of the document on an accepted key, up to the position. It is the same each time.
    private struct Beginning: Encodable {
        /// Writes the document's fields.
        func encode(to encoder: any Encoder) throws {
            let accepted = Verdict(.valid, position: nil, decidedAt: Timestamp(seconds: 0))
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.valid, accepted.isValid)
            try fields.set(.code, accepted.code.rawValue)
            try fields.set(.message, accepted.message)
            try fields.set(.status, accepted.status)
            try fields.set(.challenge, accepted.challenge())
            try fields.set(.position, UInt64(0))
        }
    }

    /// The end of the document on an accepted key: the fields that describe the key.
    private struct End: Encodable {
        let key: DecryptedKey

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try VerdictDocument.encode(key, &fields)
        }
    }

    /// Makes the end of the document on an accepted key.
    package static func end(_ key: DecryptedKey) throws -> [UInt8] {
        // The opening bracket is replaced by a comma.
        [UInt8(ascii: ",")] + (try JSON.bytes(End(key: key))).dropFirst()
    }

    private static let beginning: [UInt8] = {
        guard let whole = try? JSON.bytes(Beginning()) else { preconditionFailure("three words and a number can be encoded") }
        // The 0 and the closing bracket are left out.
        return whole.dropLast(2)
    }()

    /// Assembles the document on an accepted key: the same bytes as encoding it yields, in a fraction of the time.
    package static func bytes(acceptedAt position: UInt64, end: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(beginning.count + 20 + end.count)
        bytes += beginning
        bytes += String(position).utf8
        bytes += end
        return bytes
    }
}
