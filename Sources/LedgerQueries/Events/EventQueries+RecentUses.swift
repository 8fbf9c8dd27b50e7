internal import EventLog
public import KeyEvents
public import Ledger
internal import Projections
internal import Storage

extension EventQueries {
    /// Reads the accepted uses of a key in a span of time. The span is read hour by hour, and of each hour the first records, so that
    /// it takes a bounded time however often the key was used, and what happened only at night is seen too.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - start: the time from which uses are read.
    ///   - end: the time before which uses are read.
    ///   - limit: how many records of the key are read for each hour of the span.
    ///   - caller: on whose behalf the key is read; needs the permission to read keys.
    /// - Returns: the uses, and whether they are a sample.
    /// - Throws: `ServiceError` where the permission is missing or the caller sees no such key; `Cancellation.Cancelled` where the
    ///   reading was cancelled; the errors of reading the log, the state and the views.
    public func recentUses(
        of id: KeyID, from start: Timestamp, to end: Timestamp, perHour limit: Int, for caller: Caller
    ) throws -> RecentUses {
        try caller.require(.keysRead)
        _ = try ledger.keys.decryptedKey(id, for: caller)
        let views = ledger.viewsAtHead()
        var uses: [RecentUses.Use] = []
        var isSample = false
        var hour = start
        var begin = try ledger.reader.position(notBefore: start)
        while hour < end {
            hour = min(hour + Views.Bucket.hour.width, end)
            let next = try ledger.reader.position(notBefore: hour)
            let positions = try views.history(of: id, from: begin, limit: limit + 1).prefix { $0 < next }
            isSample = isSample || positions.count > limit
            for position in positions.prefix(limit) {
                try Cancellation.check()
                guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
                guard case .used(let use) = event.body else { continue }
                uses.append(.init(count: use.count, addresses: event.origins(open(event)), scopesAsked: use.scopesAsked))
            }
            begin = next
        }
        return RecentUses(uses: uses, isSample: isSample)
    }
}
