internal import Bytes
internal import KeyEvents
internal import Ledger
public import LedgerAudit
internal import Validation

/// The JSON document that explains why a recorded event is what it is.
public struct ExplanationDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case position, type, keyId, accountId, recordedAt, actor, recorded, decided, matches, rule, reason, count, secretId,
            decidedAtPosition
        case decidedAt, addresses, otherAddresses, events, event
    }

    private let explanation: Explanation

    /// Creates the document of an explanation.
    public init(_ explanation: Explanation) { self.explanation = explanation }

    /// Writes the document's fields.
    public func encode(to encoder: any Encoder) throws {
        let event = explanation.event
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.position, explanation.position)
        try fields.set(.type, event.body.type)
        try fields.set(.keyId, event.keyID.description)
        try fields.set(.accountId, event.accountID.description)
        try fields.set(.recordedAt, event.recordedAt.description)
        try fields.set(.actor, ActorDocument(event.actor, explanation.personal))
        try fields.set(.recorded, explanation.recorded?.rawValue)
        try fields.set(.decided, explanation.decided)
        try fields.set(.matches, explanation.matches)
        try fields.set(.rule, explanation.sentence)
        try fields.set(.reason, explanation.reason)
        try fields.set(.count, explanation.use?.count)
        try fields.set(.secretId, explanation.use?.secretID)
        try fields.set(.decidedAtPosition, explanation.use?.decidedAtPosition)
        try fields.set(.decidedAt, explanation.use?.decidedAt.description)
        let origins = event.origins(explanation.personal)
        try fields.set(.addresses, origins?.entries.map { AddressCountDocument($0) })
        try fields.set(.otherAddresses, origins?.others)
        try fields.set(.events, explanation.evidence.map(CausingEventDocument.init))
        try fields.set(.event, EventDocument(explanation.what))
    }
}

extension Explanation {
    /// The verdict code that deciding again yields.
    public var decided: String? { if case .decided(let code) = finding { code.rawValue } else { nil } }

    /// Why deciding again yields no code.
    public var reason: String? {
        switch finding {
        case .isNoVerdict, .decided: nil
        case .isContradictory(let why), .isUndecidable(let why): why
        }
    }
}
