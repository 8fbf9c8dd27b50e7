internal import EventLog
public import KeyEvents
public import Ledger
public import Projections

extension PastQueries {
    /// The maximum number of hours or days that one query may span.
    public static let maxBuckets = 1000

    /// Counts how a key was used by hour or day, by what was recorded in a span. The part of an hour or a day that lies beyond the span
    /// is not counted, so that spans that follow each other add up. Hours and days in which nothing was recorded are left out.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - bucket: whether hours or days are counted.
    ///   - from: where the span begins; `nil` for 90 days before its end where days are counted, and a week where hours are, from the
    ///     beginning of that day or hour on.
    ///   - to: before which point the span ends; `nil` for now.
    ///   - fields: the names of the fields that held the two points, for the message of a refusal.
    ///   - caller: on whose behalf the usage is read.
    /// - Returns: the key with its usage in the span, or, where neither `from` nor `to` is given, its usage since its creation; and the
    ///   hours or days, each with its beginning.
    /// - Throws: `ServiceError.invalid` for a span that ends before it begins, begins in the future, or holds more than `maxBuckets`
    ///   hours or days; `ServiceError.unknownKey` where the caller sees no such key; the errors of reading the log and the views.
    public func usage(
        of id: KeyID, by bucket: Views.Bucket, from: LogBound?, to: LogBound?, fields: (from: String, to: String) = ("from", "to"),
        for caller: Caller
    ) throws -> BucketedUsage {
        let defaultSeconds = bucket.width * (bucket == .hour ? 7 * 24 : 90)
        let end = try span(from: nil, to: to, fields: fields).endTime
        let early = end - defaultSeconds
        let start = early.isWritable ? bucket.start(of: early) : end
        let span = try span(from: from ?? .time(start), to: to, fields: fields)
        let isOfAllTime = from == nil && to == nil
        let listed = try isOfAllTime ? ledger.keys.usage(of: id, for: caller) : usage(of: id, in: span, for: caller)
        return BucketedUsage(
            listed: listed, span: isOfAllTime ? nil : span, buckets: try buckets(bucket, of: id, in: span, field: fields.from))
    }

    private func buckets(
        _ bucket: Views.Bucket, of id: KeyID, in span: LogSpan, field: String
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        let isEmpty = span.start >= span.end.end
        let asked = try span.startTime ?? (isEmpty ? span.endTime : recordedAt(span.start))
        guard .seconds(span.endTime.second) - .seconds(asked.second) <= bucket.width * Self.maxBuckets else {
            let unit = bucket == .hour ? "hours" : "days"
            let problem = "and to span more than \(Self.maxBuckets) \(unit); ask for less at a time."
            throw ServiceError.invalid(field: field, problem: problem)
        }
        if isEmpty { return [] }
        let views = try ledger.views(through: span.end.end)
        let first = bucket.start(of: try recordedAt(span.start))
        let last = bucket.start(of: try recordedAt(span.end.position))
        func within(_ start: Timestamp) throws -> UsageCounts? {
            let begin = try ledger.reader.position(notBefore: start)
            let end = try ledger.reader.position(notBefore: start + bucket.width)
            guard begin < span.start || end > span.end.end else { return nil }
            let bounds = [max(begin, span.start), min(end, span.end.end)]
            let usage = try bounds.map { try views.usage(of: [id], before: $0).first ?? KeyUsage() }
            return usage[1].since(usage[0]).counts
        }
        var buckets = try views.buckets(
            bucket, of: id, from: first, to: last + bucket.width, limit: Self.maxBuckets + 1)
        // The first and the last bucket alone may hold what lies beyond the span.
        for index in Set([0, buckets.count - 1]) where buckets.indices.contains(index) {
            if let counts = try within(buckets[index].start) { buckets[index].counts = counts }
        }
        return buckets.filter { $0.counts.uses > 0 || $0.counts.refused > 0 }
    }

    private func recordedAt(_ position: UInt64) throws -> Timestamp {
        guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
        return event.recordedAt
    }
}

/// A key's usage by hour or day.
public struct BucketedUsage: Sendable {
    /// The key with its usage in the span, or since its creation.
    public let listed: KeyWithUsage
    /// The span of the figures; `nil` where `listed` holds the usage since the key's creation.
    public let span: LogSpan?
    /// The hours or days in which something was recorded, in ascending order, each with its beginning.
    public let buckets: [(start: Timestamp, counts: UsageCounts)]
}
