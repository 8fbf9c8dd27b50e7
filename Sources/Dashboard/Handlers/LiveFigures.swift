internal import Bytes
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
        /// How many keys of the list were created since the page was made, in words; `nil` where there are none.
        let newKeysText: String?
    }

    private struct Figures: Encodable {
        let id: String
        let status: String
        let statusText: String
        /// What the page of one key says of the status, where it has changed.
        let note: String?
        let lastUsedAt: String?
        /// The address of the last use, which only the page of one key asks for.
        let lastUsedFrom: String?
        let useCount: UInt64
        let useCountText: String
        let refusedCountText: String

        enum CodingKeys: String, CodingKey {
            case id, status, statusText, note, lastUsedAt, lastUsedFrom, useCount, useCountText, refusedCountText
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(id, forKey: .id)
            try fields.encode(status, forKey: .status)
            try fields.encode(statusText, forKey: .statusText)
            try fields.encodeIfPresent(note, forKey: .note)
            try fields.encode(lastUsedAt, forKey: .lastUsedAt)
            try fields.encodeIfPresent(lastUsedFrom, forKey: .lastUsedFrom)
            try fields.encode(useCount, forKey: .useCount)
            try fields.encode(useCountText, forKey: .useCountText)
            try fields.encode(refusedCountText, forKey: .refusedCountText)
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
                if ids.count == 1 { signedIn.noteReading(.events, of: [row.key.state.accountID]) }
                return Figures(
                    id: id.description, status: row.status.rawValue, statusText: KeyRow.statusText(row.status),
                    note: ids.count == 1 ? row.statusNote ?? "This key is active: it is accepted." : nil,
                    lastUsedAt: row.usage.lastUsedAt?.description,
                    lastUsedFrom: ids.count == 1 ? try KeyPage.source(ofLastUse: row, signedIn) : nil, useCount: row.usage.counts.uses,
                    useCountText: Format.count(row.usage.counts.uses), refusedCountText: Format.count(row.usage.counts.refused))
            } catch ServiceError.unknownKey {
                return nil
            }
        }
        return Dashboard.json(try JSON.string(Answer(keys: figures, newKeysText: newKeysText(besides: ids))))
    }

    /// Counts the keys of the list that were created since its page was made, and are not on it.
    private func newKeysText(besides shown: [KeyID]) throws -> String? {
        guard let since = signedIn.query["since"].flatMap({ Timestamp(rfc3339: $0) }) else { return nil }
        var search = ListAddress(signedIn.query, isOperator: signedIn.isOperator).search(at: signedIn.now)
        search.createdAfter = since
        let count = Set(try signedIn.ledger.keys.findIDs(search, for: signedIn.caller)).subtracting(shown).count
        return count > 0 ? Format.count(count, "new key") : nil
    }
}
