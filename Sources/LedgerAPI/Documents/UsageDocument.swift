internal import Bytes
internal import KeyEvents
internal import Ledger
public import LedgerQueries
public import Projections

/// The JSON document of a key's usage: totals, and counts by hour or day.
public struct UsageDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case keyId, accountId, name, usageCount, firstUsedAt, lastUsedAt, refusedCount, lastRefusedAt, refusals, per, buckets, fromPosition,
            toPosition, from, to
    }

    private struct BucketDocument: Encodable {
        let start: String
        let uses: UInt64
        let refusals: [String: UInt64]
    }

    private let listed: KeyWithUsage
    private let per: Views.Bucket?
    private let buckets: [(start: Timestamp, counts: UsageCounts)]
    private let span: LogSpan?

    /// Creates the document of the totals within a span of the log; `nil` means all time.
    public init(_ listed: KeyWithUsage, in span: LogSpan? = nil) {
        self.listed = listed
        per = nil
        buckets = []
        self.span = span
    }

    /// Creates the document of counts by hour or day; `per` is the size of a bucket.
    public init(_ usage: BucketedUsage, per: Views.Bucket) {
        listed = usage.listed
        self.per = per
        buckets = usage.buckets
        span = usage.span
    }

    /// Writes the document's fields.
    public func encode(to encoder: any Encoder) throws {
        let usage = listed.usage
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.keyId, listed.key.state.id.description)
        try fields.set(.accountId, listed.key.state.accountID.description)
        try fields.set(.name, listed.key.name)
        try fields.set(.usageCount, usage.counts.uses)
        try fields.set(.firstUsedAt, usage.firstUsedAt?.description)
        try fields.set(.lastUsedAt, usage.lastUsedAt?.description)
        try fields.set(.refusedCount, usage.counts.refused)
        try fields.set(.lastRefusedAt, usage.lastRefusedAt?.description)
        try fields.set(.refusals, Self.byName(usage.counts))
        try fields.set(.per, per.map { $0 == .hour ? "hour" : "day" })
        try fields.set(
            .buckets,
            per == nil
                ? nil
                : buckets.map {
                    BucketDocument(start: $0.start.description, uses: $0.counts.uses, refusals: Self.byName($0.counts))
                })
        // In an empty span there is no record that is counted.
        try fields.set(.fromPosition, span.flatMap { $0.start < $0.end.end ? $0.start : nil })
        try fields.set(.toPosition, span?.end.end ?? listed.usageEnd)
        try fields.set(.from, span?.startTime?.description)
        try fields.set(.to, span?.endTime.description)
    }

    private static func byName(_ counts: UsageCounts) -> [String: UInt64] {
        Dictionary(uniqueKeysWithValues: counts.refusals.map { ($0.key.name, $0.value) })
    }
}
