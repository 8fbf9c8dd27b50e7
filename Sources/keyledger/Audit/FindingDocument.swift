internal import Bytes
internal import LedgerAPI
internal import LedgerAudit

/// A finding of `doctor` or `audit verify` in JSON.
struct FindingDocument: Encodable {
    enum CodingKeys: String, CodingKey {
        case position, what
    }

    let finding: Finding

    init(_ finding: Finding) { self.finding = finding }

    func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.position, finding.position)
        try fields.set(.what, finding.what)
    }
}
