internal import HTTPTypes
internal import KeyEvents
public import Ledger
public import LedgerQueries
public import Validation

/// A verdict as programs see it, of now or of a moment of the past. What is told of the key: only where the asker may know of it.
public struct VerdictDocument: Encodable, Sendable {
    enum CodingKeys: String, CodingKey {
        case valid, code, message, status, challenge, position, keyId, accountId, name, scopes, environment, expiresAt, metadata, at, events
    }

    private let verdict: Verdict
    private let scopesAsked: [String]
    public let message: String
    private let key: KeyView?
    private let past: PastVerdict?

    /// `message`: a better sentence than the verdict's own, where there is one. `asked`: the scopes that the question was about.
    public init(_ verdict: Verdict, message: String? = nil, asked scopes: [String] = [], key: KeyView?) {
        self.verdict = verdict
        scopesAsked = scopes
        past = nil
        self.message = message ?? verdict.message
        self.key = verdict.disclosedKey == nil ? nil : key
    }

    /// As of a moment: with the moment, and with the events that decided.
    public init(_ past: PastVerdict, message: String? = nil, asked scopes: [String] = []) {
        verdict = past.verdict
        scopesAsked = scopes
        self.past = past
        self.message = message ?? past.verdict.message
        key = past.key
    }

    public var isValid: Bool { verdict.isValid }

    public func encode(to encoder: any Encoder) throws {
        var fields = JSONFields(encoder, CodingKeys.self)
        try fields.set(.valid, verdict.isValid)
        try fields.set(.code, verdict.code.rawValue)
        try fields.set(.message, message)
        try fields.set(.status, verdict.status.code)
        try fields.set(.challenge, verdict.challenge(asked: scopesAsked))
        try fields.set(.position, verdict.position)
        try Self.encode(key, &fields)
        guard let past else { return }
        try fields.set(.at, past.moment.clock.description)
        try fields.set(.events, past.grounds.map(GroundDocument.init))
    }

    private static func encode(_ key: KeyView?, _ fields: inout JSONFields<CodingKeys>) throws {
        try fields.set(.keyId, key?.state.id.description)
        try fields.set(.accountId, key?.state.accountID.description)
        try fields.set(.name, key?.name)
        try fields.set(.scopes, key?.state.scopes)
        try fields.set(.environment, key?.state.environment)
        try fields.set(.expiresAt, key?.state.expiresAt?.description)
        try fields.set(.metadata, key?.metadata)
    }
}

// MARK: Piece by piece

extension VerdictDocument {
    /// Of the document on a key that was accepted, what is the same each time: up to the position, and behind it.
    private struct Beginning: Encodable {
        func encode(to encoder: any Encoder) throws {
            let accepted = Verdict(.valid, position: nil, decidedAt: Timestamp(seconds: 0))
            var fields = JSONFields(encoder, CodingKeys.self)
            try fields.set(.valid, accepted.isValid)
            try fields.set(.code, accepted.code.rawValue)
            try fields.set(.message, accepted.message)
            try fields.set(.status, accepted.status.code)
            try fields.set(.challenge, accepted.challenge())
            try fields.set(.position, UInt64(0))
        }
    }

    private struct End: Encodable {
        let key: KeyView

        func encode(to encoder: any Encoder) throws {
            var fields = JSONFields(encoder, CodingKeys.self)
            try VerdictDocument.encode(key, &fields)
        }
    }

    /// What is told of a key, as the end of the document.
    static func end(_ key: KeyView) throws -> [UInt8] {
        // A comma in the place of the bracket.
        [UInt8(ascii: ",")] + (try Document.bytes(End(key: key))).dropFirst()
    }

    private static let beginning: [UInt8] = {
        guard let whole = try? Document.bytes(Beginning()) else { preconditionFailure("three words and a number can be encoded") }
        // But for the 0 and the bracket.
        return whole.dropLast(2)
    }()

    /// The document on a key that was accepted, put together: the same bytes as of the whole, in a fraction of the time.
    static func bytes(acceptedAt position: UInt64, end: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(beginning.count + 20 + end.count)
        bytes += beginning
        bytes += String(position).utf8
        bytes += end
        return bytes
    }
}

extension Ledger {
    /// The document on a verdict of the past that was reached on `secret`. `asked`: the scopes that the question was about.
    public func document(_ past: PastVerdict, on secret: some StringProtocol, asked scopes: [String]) -> VerdictDocument {
        VerdictDocument(past, message: past.verdict.code == .malformed ? verifier.malformedMessage(secret) : nil, asked: scopes)
    }

    /// The document on a verdict that was reached on `secret`. `asked`: as above.
    public func document(_ verdict: Verdict, on secret: some StringProtocol, asked scopes: [String]) throws -> VerdictDocument {
        let state = try verdict.disclosedKey.flatMap { try key($0.id) }
        return VerdictDocument(
            verdict, message: verdict.code == .malformed ? verifier.malformedMessage(secret) : nil, asked: scopes,
            key: state.map { keys.view($0) })
    }
}
