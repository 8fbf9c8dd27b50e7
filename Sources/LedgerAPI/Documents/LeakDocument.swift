internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
public import LedgerAudit
internal import LedgerQueries

/// The JSON document of a leak report: what was done with a leaked secret. It never contains the secret.
public struct LeakDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case keyId, accountId, name, status, secretId, hint, addedAt, since, size, end, accepted, acceptedRecords, lastAccepted
        case acceptedAfterEnd, statement, uses, refusals, checkpoint, evidence
    }

    private struct End: Encodable {
        enum CodingKeys: String, CodingKey {
            case at, position, type
        }

        let end: LeakReport.End

        /// Writes the document's fields.
        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.at, end.at.description)
            try fields.set(.position, end.causingEvent?.position)
            try fields.set(.type, end.causingEvent?.type)
        }
    }

    private struct LastAccepted: Encodable {
        let position: UInt64
        let decidedAtPosition: UInt64
        let decidedAt: String
    }

    private struct Line: Encodable {
        enum CodingKeys: String, CodingKey {
            case firstAt, lastAt, count, records, firstPosition, lastPosition, actor, clientAddress, method, path, code, afterEnd
            case isOfOtherAddresses = "otherAddresses"
        }

        let line: LeakReport.Line

        /// Writes the document's fields.
        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.firstAt, line.firstAt.description)
            try fields.set(.lastAt, line.lastAt.description)
            try fields.set(.count, line.count)
            try fields.set(.records, line.records)
            try fields.set(.firstPosition, line.firstPosition)
            try fields.set(.lastPosition, line.lastPosition)
            try fields.set(.actor, ActorDocument(line.source.actor, nil))
            try fields.set(.clientAddress, line.source.clientAddress)
            try fields.set(.isOfOtherAddresses, line.source.isOfOthers)
            try fields.set(.method, line.source.method)
            try fields.set(.path, line.source.path)
            try fields.set(.code, line.source.refusal?.name)
            try fields.set(.afterEnd, line.source.isAfterEnd)
        }
    }

    /// A record that proves a statement, with its audit path in the tree of the checkpoint.
    private struct Evidence: Encodable {
        enum CodingKeys: String, CodingKey {
            case position, type, recordedAt, shows, record, proof
        }

        let evidence: LeakReport.Evidence
        let proof: LeakProof.Inclusion?

        /// Writes the document's fields to an encoder.
        ///
        /// - Parameter encoder: the encoder.
        /// - Throws: the errors of the encoder.
        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.position, evidence.causingEvent.position)
            try fields.set(.type, evidence.causingEvent.type)
            try fields.set(.recordedAt, evidence.causingEvent.recordedAt.description)
            try fields.set(.shows, evidence.shows)
            try fields.set(.record, proof.map { Base64.encode($0.record) })
            try fields.set(.proof, proof.map { $0.path.map { Base64.encode($0.bytes) } })
        }
    }

    private let report: LeakReport
    private let proved: LeakProof?

    /// Creates the document of a report. `proved` holds the proofs of the evidence; `nil` when nothing can be signed.
    public init(_ report: LeakReport, proved: LeakProof?) {
        self.report = report
        self.proved = proved
    }

    public func encode(to encoder: any Encoder) throws {
        let state = report.key.state
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.keyId, state.id.description)
        try fields.set(.accountId, state.accountID.description)
        try fields.set(.name, report.key.name)
        try fields.set(.status, report.status.rawValue)
        try fields.set(.secretId, report.secret.id)
        try fields.set(.hint, report.secret.hint)
        try fields.set(.addedAt, report.addedAt.description)
        try fields.set(.since, report.since)
        try fields.set(.size, report.next)
        try fields.set(.end, report.end.map { End(end: $0) })
        try fields.set(.accepted, report.accepted)
        try fields.set(.acceptedRecords, report.acceptedRecords)
        try fields.set(
            .lastAccepted,
            report.lastAccepted.map {
                LastAccepted(
                    position: $0.causingEvent.position, decidedAtPosition: $0.decidedAtPosition, decidedAt: $0.decidedAt.description)
            })
        try fields.set(.acceptedAfterEnd, report.acceptedAfterEnd)
        try fields.set(.statement, report.statement)
        try fields.set(.uses, report.uses.map { Line(line: $0) })
        try fields.set(.refusals, report.refusals.map { Line(line: $0) })
        try fields.set(.checkpoint, proved?.checkpoint)
        try fields.set(.evidence, report.evidence.map { Evidence(evidence: $0, proof: proved?.inclusions[$0.causingEvent.position]) })
    }
}
