public import Bytes
public import KeyEvents
internal import Synchronization

/// Limits failed attempts to present a secret (a key, a link, a signed token): after too many from one network the next one is refused
/// with a time to wait. The limiter is asked after an attempt has failed, so a good secret is accepted at once, whatever others behind
/// the same proxy do.
///
/// The limiter protects no secret, since nobody guesses 256 random bits or a signature. It bounds what failures cost: a client that
/// repeats a wrong key gets a `Retry-After` that software keeps to, and a page or a reason is rendered for the first failures alone.
/// The counts are held in memory, per process.
public final class FailureLimiter: Sendable {
    private struct Bucket {
        var failures: Double
        var at: Timestamp
    }

    /// The number of failures of one network that get a full response at once, and again per minute.
    public static let perMinute = 10.0
    private static let maxBuckets = 10_000

    /// The failures by network (`IPAddress.subscriber`); those without a known address share the entry `nil`.
    private let buckets = Mutex<[IPAddress?: Bucket]>([:])

    /// Makes a limiter that has counted nothing.
    public init() {}

    /// Counts a failed attempt.
    ///
    /// - Parameters:
    ///   - address: the address of the caller that failed; `nil` where it is not known.
    ///   - now: the time of the attempt, by any clock; while that clock goes back, no failure is forgotten.
    /// - Returns: the time to wait until another failure is answered in full, in whole seconds; `nil` while this one is.
    public func failure(from address: IPAddress?, at now: Timestamp) -> Duration? {
        buckets.withLock { buckets in
            let subscriber = address?.subscriber
            var own = buckets[subscriber] ?? Bucket(failures: 0, at: now)
            own.failures = Self.left(of: own, at: now)
            own.at = now
            let isTooMany = own.failures > Self.perMinute - 1
            if !isTooMany { own.failures += 1 }
            if buckets.count >= Self.maxBuckets, buckets[subscriber] == nil { Self.forget(&buckets, at: now) }
            buckets[subscriber] = own
            return isTooMany ? .seconds(max(1, Int(((own.failures - Self.perMinute + 1) * 60 / Self.perMinute).rounded(.up)))) : nil
        }
    }

    /// Drops the entries that have drained. Where that makes no room all are dropped: an attacker with ten thousand networks is not
    /// slowed down by this limiter.
    private static func forget(_ buckets: inout [IPAddress?: Bucket], at now: Timestamp) {
        buckets = buckets.filter { left(of: $0.value, at: now) > 0 }
        if buckets.count >= maxBuckets { buckets = [:] }
    }

    private static func left(of bucket: Bucket, at now: Timestamp) -> Double {
        let seconds = Double(max(0, now.microseconds.saturatingSubtracting(bucket.at.microseconds))) / 1_000_000
        return max(0, bucket.failures - seconds * perMinute / 60)
    }
}
