public import KeyEvents
internal import Synchronization

/// Slows down who tries many keys: a bucket of attempts an address, one for everybody together, both refilled steadily. In
/// memory and per process.
public final class AttemptLimiter: Sendable {
    private struct Bucket {
        var attempts: Double
        var at: Timestamp
    }

    /// At once, and again each minute.
    public static let perAddress = 10.0
    public static let perEveryone = 300.0
    private static let mostAddresses = 10_000

    private struct Buckets {
        var everyone = Bucket(attempts: AttemptLimiter.perEveryone, at: Timestamp(seconds: 0))
        var addresses: [String: Bucket] = [:]
    }

    private let buckets = Mutex(Buckets())

    public init() {}

    /// Takes one attempt. `nil`: go ahead; otherwise the seconds to wait.
    public func attempt(from address: String, at now: Timestamp) -> Int? {
        buckets.withLock { buckets in
            var own = buckets.addresses[address] ?? Bucket(attempts: Self.perAddress, at: now)
            Self.refill(&own, Self.perAddress, now)
            Self.refill(&buckets.everyone, Self.perEveryone, now)
            if own.attempts < 1 || buckets.everyone.attempts < 1 {
                buckets.addresses[address] = own
                return max(Self.wait(own, Self.perAddress), Self.wait(buckets.everyone, Self.perEveryone))
            }
            own.attempts -= 1
            buckets.everyone.attempts -= 1
            if buckets.addresses.count >= Self.mostAddresses {
                // Who has waited a minute has a full bucket: forgetting it changes nothing.
                buckets.addresses = buckets.addresses.filter { $0.value.at.adding(seconds: 60) > now }
            }
            buckets.addresses[address] = own
            return nil
        }
    }

    /// Whoever got in was not trying keys: what it took is given back. Behind a proxy many people come from one address.
    public func giveBack(to address: String) {
        buckets.withLock { buckets in
            buckets.everyone.attempts = min(Self.perEveryone, buckets.everyone.attempts + 1)
            if let own = buckets.addresses[address] {
                buckets.addresses[address]?.attempts = min(Self.perAddress, own.attempts + 1)
            }
        }
    }

    private static func refill(_ bucket: inout Bucket, _ perMinute: Double, _ now: Timestamp) {
        let seconds = Double(max(0, now.microseconds - bucket.at.microseconds)) / 1_000_000
        bucket.attempts = min(perMinute, bucket.attempts + seconds * perMinute / 60)
        bucket.at = now
    }

    private static func wait(_ bucket: Bucket, _ perMinute: Double) -> Int {
        bucket.attempts >= 1 ? 0 : max(1, Int(((1 - bucket.attempts) * 60 / perMinute).rounded(.up)))
    }
}
