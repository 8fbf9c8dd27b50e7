public import KeyEvents
public import KeyService
public import Projections

/// From when to when a key's use is asked for.
public struct UsageSpan: Sendable {
    /// Most hours or days that one question may span.
    public static let mostBuckets = 1000

    public let start: Timestamp
    public let end: Timestamp

    public init(_ bucket: Views.Bucket, from: Timestamp?, to: Timestamp?, now: Timestamp) throws(ServiceError) {
        // When nothing else is asked for: up to now, a week of hours, or a quarter of days.
        let usual: Int64 = bucket == .hour ? 7 * 24 : 90
        end = to ?? now
        start = from ?? end.adding(seconds: -usual * bucket.width)
        guard start < end else { throw .invalid(field: "from", problem: "must lie before to.") }
        guard end.second - start.second <= Int64(Self.mostBuckets) * bucket.width else {
            let unit = bucket == .hour ? "hours" : "days"
            throw .invalid(field: "from", problem: "and to span more than \(Self.mostBuckets) \(unit); ask for less at a time.")
        }
    }
}
