internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import NIOCore
internal import Projections

/// The list of keys as a file: all keys of a list, on every page, as CSV (RFC 4180) in UTF-8. `CSVRow` describes the use of the
/// apostrophe. The file begins with a byte order mark, without which spreadsheets take it for another encoding. Times are in UTC, a
/// value that a key does not have is an empty cell, and no cell holds a secret.
struct KeysExport: Sendable {
    static let path = Dashboard.base + "/export"
    static let filePath = Dashboard.base + "/keys.csv"
    private static let previewCount = 5
    /// How many keys are read at a time.
    private static let chunk = 500

    let signedIn: SignedInRequest

    private var address: ListAddress { ListAddress(signedIn.query, isOperator: signedIn.isOperator).with { _ in } }

    /// The page that says what the file will hold.
    func show() throws -> Response {
        var search = address.search(at: signedIn.now)
        search.limit = Self.previewCount
        let found = try signedIn.ledger.keys.findKeys(search, for: signedIn.caller)
        signedIn.noteReading(.keys, of: found.page.map(\.key.state.accountID))
        let rows = found.page.map { cells(KeyRow($0, at: signedIn.now)) }
        return signedIn.page(
            "export", title: "Download CSV",
            [
                "isKeysPage": true, "backPath": signedIn.listPath, "backText": "API keys", "filePath": address.path(of: Self.filePath),
                "countText": Format.count(found.total, "key"), "columnCountText": Format.count(columns.count, "column"),
                "isFiltered": address.isFiltered, "hidesEnded": address.statuses == nil, "hasKeys": found.total > 0,
                "hasMore": found.total > rows.count, "moreText": Format.count(found.total - rows.count, "more row"),
                "columnNames": columns, "rows": rows.map { ["cells": $0.map { $0 ?? "" }] as TemplateContext },
            ])
    }

    /// The file, written as it is read. Where reading fails the connection ends early, and the browser reports a failed download.
    func download() async throws -> Response {
        let search = address.search(at: signedIn.now)
        let ids = try await signedIn.ask { [signedIn] in try signedIn.ledger.keys.findIDs(search, for: signedIn.caller) }
        let head = "\u{FEFF}" + CSVRow.text(columns)
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: head))
            for start in stride(from: 0, to: ids.count, by: Self.chunk) {
                let some = Array(ids[start..<min(start + Self.chunk, ids.count)])
                try await writer.write(ByteBuffer(string: signedIn.ask { try text(of: some) }))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"api-keys-\(Format.isoDate(signedIn.now)).csv\"",
            ], body: body)
    }

    private func text(of ids: [KeyID]) throws -> String {
        let keys = try signedIn.ledger.keys.keys(ids, for: signedIn.caller)
        signedIn.noteReading(.keys, of: keys.map(\.key.state.accountID))
        return keys.map { CSVRow.text(cells(KeyRow($0, at: signedIn.now))) }.joined()
    }

    private var columns: [String] {
        ["Name", "Status", "Created", "Expires", "Last Used", "Usage Count", "Hint", "Environment", "Scopes", "Key ID", "Account"]
    }

    private func cells(_ row: KeyRow) -> [String?] {
        let state = row.key.state
        return [
            row.key.name, KeyRow.statusText(row.status), state.createdAt.description, state.expiresAt?.description,
            row.usage.lastUsedAt?.description, String(row.usage.counts.uses), state.hint, state.environment,
            state.scopes.isEmpty ? nil : state.scopes.joined(separator: " "), state.id.description, state.accountID.description,
        ]
    }
}
