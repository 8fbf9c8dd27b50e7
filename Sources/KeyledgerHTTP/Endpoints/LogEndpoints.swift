internal import EventLog
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import NIOCore

/// The endpoints that serve the log as C2SP tlog-tiles, so that any client of transparency logs can monitor it.
enum LogEndpoints {
    /// Lists the endpoints. With `isPublic`, checkpoints and hashes can be read without a key. Records never can: they contain
    /// ids and digests of all accounts.
    static func all(isPublic: Bool) -> [Endpoint] {
        [
            // A checkpoint tells the number of records and nothing about their content, so any caller that may read keys may
            // store one.
            .get("/log/checkpoint", access(isPublic, or: .keysRead, checkpoint)),
            .get("/log/tile/{rest}", access(isPublic) { try hashes($0, $1, isPublic: isPublic) }),
            .get("/log/tile/entries/{rest}", .question(.logRead, entries)),
        ]
    }

    private static func access(
        _ isPublic: Bool, or other: Permission? = nil, _ handle: @escaping @Sendable (Ledger, [Substring]) throws -> Response
    ) -> Endpoint.Access {
        isPublic
            ? .openQuestion { try handle($0.ledger, $0.rest) }
            : .question(.logRead, or: other) { try handle($0.ledger, $0.rest) }
    }

    @Sendable private static func checkpoint(_ ledger: Ledger, _ rest: [Substring]) throws -> Response {
        guard let note = try ledger.log.newestCheckpoint() else {
            throw Problem(.unknownRoute, "No checkpoint was signed yet; ask again later.")
        }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: note.description)))
    }

    private static func hashes(_ ledger: Ledger, _ rest: [Substring], isPublic: Bool) throws -> Response {
        let rest = segments(rest)
        guard let level = rest.first.flatMap({ TileAddress.number($0, digits: 1...2) }), level < 8,
            let address = TileAddress(rest.dropFirst())
        else { throw unknownTile }
        let bytes = try ledger.log.tiles.hashes(level: Int(level), index: address.index, width: address.width)
        return try response(bytes, address, isPublic: isPublic)
    }

    @Sendable private static func entries(_ call: Call) throws -> Response {
        // A key of one account must not show other accounts.
        guard call.caller.visibleAccount == nil else {
            throw Problem(
                .missingPermission, "The records are of all accounts; they need a key of the account operator. See /v1/events for your own."
            )
        }
        guard let address = TileAddress(segments(call.rest)) else { throw unknownTile }
        let bytes = try call.ledger.log.tiles.entries(index: address.index, width: address.width)
        if bytes != nil { try call.ledger.readings.note(.records, of: EventFilter(), by: call.caller) }
        return try response(bytes, address, isPublic: false)
    }

    /// Splits what matched `{rest}` into segments. Its slashes may be escaped, which generated clients do. Which endpoint was
    /// called, and with it the required permission, was decided before, by the slashes that were not escaped.
    private static func segments(_ rest: [Substring]) -> [Substring] {
        rest.flatMap { segment -> [Substring] in
            segment.replacing("%2f", with: "/").replacing("%2F", with: "/").split(separator: "/", omittingEmptySubsequences: false)
        }
    }

    private static var unknownTile: Problem { Problem(.unknownRoute, "There is no such tile, or not yet.") }

    private static func response(_ bytes: [UInt8]?, _ address: TileAddress, isPublic: Bool) throws -> Response {
        guard let bytes else { throw unknownTile }
        // A partial tile does not change either, but the full tile replaces it.
        let age = address.width == Tiles.width ? "max-age=31536000, immutable" : "max-age=60"
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: (isPublic ? "public, " : "private, ") + age],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
