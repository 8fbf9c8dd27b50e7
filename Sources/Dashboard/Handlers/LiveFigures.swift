internal import Hummingbird
internal import KeyEvents
internal import KeyledgerHTTP
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Projections

/// The figures of the keys that a page shows. The page's script requests them again and again while the page is open.
struct LiveFigures: Sendable {
    private static let maxKeys = 100

    private struct Answer: Encodable {
        let keys: [Figures]
    }

    private struct Figures: Encodable {
        let id: String
        let status: String
        let statusText: String
        let lastUsedAt: String?
        let useCount: UInt64
        let useCountText: String

        enum CodingKeys: String, CodingKey {
            case id, status, statusText, lastUsedAt, useCount, useCountText
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(id, forKey: .id)
            try fields.encode(status, forKey: .status)
            try fields.encode(statusText, forKey: .statusText)
            try fields.encode(lastUsedAt, forKey: .lastUsedAt)
            try fields.encode(useCount, forKey: .useCount)
            try fields.encode(useCountText, forKey: .useCountText)
        }
    }

    let signedIn: SignedInRequest

    func answer() throws -> Response {
        let ids = (signedIn.query["ids"] ?? "").split(separator: ",").prefix(Self.maxKeys).compactMap { KeyID(String($0)) }
        // Keys that do not exist, or that the user may not see, are left out.
        let figures = try ids.compactMap { id -> Figures? in
            do {
                let row = KeyRow(try signedIn.ledger.keys.usage(of: id, for: signedIn.caller), at: signedIn.now)
                signedIn.noteReading(.keys, of: [row.key.state.accountID])
                return Figures(
                    id: id.description, status: row.status.rawValue, statusText: KeyRow.statusText(row.status),
                    lastUsedAt: row.usage.lastUsedAt?.description, useCount: row.usage.counts.uses,
                    useCountText: Format.count(row.usage.counts.uses))
            } catch ServiceError.unknownKey {
                return nil
            }
        }
        return Dashboard.json(try JSON.string(Answer(keys: figures)))
    }
}
