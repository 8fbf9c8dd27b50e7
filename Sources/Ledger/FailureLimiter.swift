public import Bytes
public import KeyEvents
internal import Synchronization

/// Says when failed attempts to show a secret (a key, a link, a signed token) have become so many from one place that the next one is
/// told to come back later. It is asked after an attempt has failed: a good secret gets in at once, whatever others do, behind the same
/// proxy too.
///
/// It guards no secret, since nobody guesses 256 random bits or a signature. It is for what failures cost: a client that repeats a wrong
/// key is told with a `Retry-After` that software keeps to, and a page or a reason is made for the first of them alone. In memory and
/// per process.
public final class FailureLimiter: Sendable {
    private struct Bucket {
        var failures: Double
        var at: Timestamp
    }

    /// Failures that are answered in full, at once and again each minute.
    public static let perMinute = 10.0
    private static let mostBuckets = 10_000

    /// By subscriber; `nil`: those whose address is not known, together.
    private let buckets = Mutex<[IPAddress?: Bucket]>([:])

    public init() {}

    /// Counts a failed attempt.
    ///
    /// - Parameters:
    ///   - address: of whoever failed; `nil` where it is not known.
    ///   - now: by any clock; while it goes back, nothing is forgotten.
    /// - Returns: the seconds after which another failure is answered in full; `nil` while this one is.
    public func failure(from address: IPAddress?, at now: Timestamp) -> Int? {
        buckets.withLock { buckets in
            let subscriber = address?.subscriber
            var own = buckets[subscriber] ?? Bucket(failures: 0, at: now)
            own.failures = Self.left(of: own, at: now)
            own.at = now
            let isTooMany = own.failures > Self.perMinute - 1
            if !isTooMany { own.failures += 1 }
            if buckets.count >= Self.mostBuckets, buckets[subscriber] == nil { Self.forget(&buckets, at: now) }
            buckets[subscriber] = own
            return isTooMany ? max(1, Int(((own.failures - Self.perMinute + 1) * 60 / Self.perMinute).rounded(.up))) : nil
        }
    }

    /// Those that are empty by now; where that makes no room, all: whoever tries from ten thousand networks is not slowed down by this.
    private static func forget(_ buckets: inout [IPAddress?: Bucket], at now: Timestamp) {
        buckets = buckets.filter { left(of: $0.value, at: now) > 0 }
        if buckets.count >= mostBuckets { buckets = [:] }
    }

    private static func left(of bucket: Bucket, at now: Timestamp) -> Double {
        let seconds = Double(max(0, now.microseconds.saturatingSubtracting(bucket.at.microseconds))) / 1_000_000
        return max(0, bucket.failures - seconds * perMinute / 60)
    }
}
