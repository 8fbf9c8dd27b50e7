internal import EventLog
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import NIOCore

/// The log as C2SP tlog-tiles serves it, so that any client of transparency logs can watch it.
enum LogEndpoints {
    /// `isPublic`: checkpoints and hashes are for everyone. Records never are: they hold ids and digests of all accounts.
    static func all(isPublic: Bool) -> [Endpoint] {
        [
            // Says how many records there are and nothing of what is in them: whoever is to keep one may have it.
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
        // An account's key must not see other accounts.
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

    /// Of what stands in the place of `{rest}`, whose slashes may be escaped: clients that are made from the description escape them. Which
    /// address was asked, and with it what the caller needs, was decided before, by the slashes that were not.
    private static func segments(_ rest: [Substring]) -> [Substring] {
        rest.flatMap { segment -> [Substring] in
            segment.replacing("%2f", with: "/").replacing("%2F", with: "/").split(separator: "/", omittingEmptySubsequences: false)
        }
    }

    private static var unknownTile: Problem { Problem(.unknownRoute, "There is no such tile, or not yet.") }

    private static func response(_ bytes: [UInt8]?, _ address: TileAddress, isPublic: Bool) throws -> Response {
        guard let bytes else { throw unknownTile }
        // A partial one does not change either, but the full one takes its place.
        let age = address.width == Tiles.width ? "max-age=31536000, immutable" : "max-age=60"
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: (isPublic ? "public, " : "private, ") + age],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
