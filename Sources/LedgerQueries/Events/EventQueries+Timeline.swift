internal import EventLog
public import KeyEvents
public import Ledger
internal import Projections

extension EventQueries {
    /// Reads what happened to a key, newest first. A page costs what it holds, however often the key was used.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - before: the time before which items are read; `nil` for now.
    ///   - limit: the maximum number of items; a page holds a few more where several share the time of the last, since the next page
    ///     begins before that time.
    ///   - caller: on whose behalf the key is read; needs the permission to read keys.
    /// - Returns: the items, and the time before which the next page begins.
    /// - Throws: `ServiceError` where the permission is missing or the caller sees no such key; the errors of reading the log, the
    ///   state and the views.
    public func timeline(of id: KeyID, before: Timestamp? = nil, limit: Int, for caller: Caller) throws -> Timeline {
        try caller.require(.keysRead)
        _ = try ledger.keys.decryptedKey(id, for: caller)
        let views = ledger.viewsAtHead()
        let limit = min(max(1, limit), Int(Int32.max))
        // The page might hold events alone or hours alone, so each kind is read for a whole page, and one more item, which tells
        // whether another page follows.
        var events = try lifeEvents(views, of: id, before: before.map { try ledger.reader.position(notBefore: $0) }, limit: limit + 1)
        let width = Views.Bucket.hour.width
        let lastStart = before.map { max($0 - width, Timestamp(seconds: 0)) }
        let hours = try views.newestBuckets(.hour, of: id, before: lastStart, limit: limit + 1).map(Timeline.Item.hour)
        let merged = Self.merge(events.map(\.item), hours)
        guard merged.count > limit else { return Timeline(items: try withBefore(merged), next: nil) }
        let last = merged[limit - 1].time
        while let oldest = events.last, oldest.item.time == last {
            let more = try lifeEvents(views, of: id, before: oldest.position, limit: limit)
            if more.isEmpty { break }
            events += more
        }
        let all = Self.merge(events.map(\.item), hours)
        let items = all.prefix { $0.time >= last }
        return Timeline(items: try withBefore(Array(items)), next: items.count < all.count ? last : nil)
    }

    /// The items with what each event replaces, read from the first event to the last.
    private func withBefore(_ items: [Timeline.Item]) throws -> [Timeline.Item] {
        var reading = EventReading(ledger)
        return try items.reversed().map { item in
            guard case .event(let recorded) = item else { return item }
            return .event(try reading.recorded(recorded.event, at: recorded.position))
        }.reversed()
    }

    /// Counts the accepted uses of a key since a time.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - start: the time; uses count from the beginning of its hour (UTC) on.
    ///   - caller: on whose behalf the key is read; needs the permission to read keys.
    /// - Returns: the number of uses.
    /// - Throws: `ServiceError` where the permission is missing or the caller sees no such key; the errors of reading the state and the
    ///   views.
    public func uses(of id: KeyID, since start: Timestamp, for caller: Caller) throws -> UInt64 {
        try caller.require(.keysRead)
        _ = try ledger.keys.decryptedKey(id, for: caller)
        return try ledger.viewsAtHead().buckets(.hour, of: id, from: start, to: Timestamp(microseconds: .max), limit: .max)
            .reduce(0) { $0.saturatingAdding($1.counts.uses) }
    }

    private func lifeEvents(_ views: Views, of id: KeyID, before end: UInt64?, limit: Int) throws -> [(
        position: UInt64, item: Timeline.Item
    )] {
        try views.lifecyclePositions(of: id, before: end, limit: limit).map { position in
            guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
            return (position, .event(RecordedEvent(position: position, event: event, personal: nil)))
        }
    }

    /// Merges two lists that are sorted, newest first.
    private static func merge(_ events: [Timeline.Item], _ hours: [Timeline.Item]) -> [Timeline.Item] {
        var merged: [Timeline.Item] = []
        var hours = hours[...]
        for event in events {
            let newer = hours.prefix { $0.time > event.time }
            merged += newer
            hours = hours.dropFirst(newer.count)
            merged.append(event)
        }
        return merged + hours
    }
}
