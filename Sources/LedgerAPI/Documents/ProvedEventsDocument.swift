internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
package import LedgerAudit

/// The JSON document of records together with the proofs that they are in the log.
package struct ProvedEventsDocument: Encodable {
    package enum CodingKeys: String, CodingKey {
        case checkpoint, verifierKey, consistency, succession, data, nextCursor
    }

    private struct Record: Encodable {
        enum CodingKeys: String, CodingKey {
            case position, record, proof
        }

        let record: ProvedPage.Record

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.position, record.position)
            try fields.set(.record, Base64.encode(record.bytes))
            try fields.set(.proof, record.path.map { Base64.encode($0.bytes) })
        }
    }

    private struct Consistency: Encodable {
        let oldSize: UInt64
        let proof: [String]
    }

    private let page: ProvedPage

    package init(_ page: ProvedPage) { self.page = page }

    package func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.checkpoint, page.checkpoint.description)
        try fields.set(.verifierKey, page.verifier?.description)
        try fields.set(
            .consistency,
            page.consistency.map { Consistency(oldSize: $0.oldSize, proof: $0.proof.map { Base64.encode($0.bytes) }) })
        try fields.set(.succession, page.succession.map { Record(record: $0) })
        try fields.set(.data, page.records.map { Record(record: $0) })
        try fields.set(.nextCursor, page.next.map { ProvedEventCursor(next: $0, size: page.size).text })
    }
}
