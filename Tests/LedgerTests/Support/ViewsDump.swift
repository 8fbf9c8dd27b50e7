import KeyEvents
import Projections

@testable import Ledger

/// What the views say, in a form that can be compared.
struct ViewsDump: Equatable {
    struct Bucket: Equatable {
        let start: Timestamp
        let counts: UsageCounts
    }

    var usage: [KeyID: KeyUsage] = [:]
    var hours: [KeyID: [Bucket]] = [:]
    var days: [KeyID: [Bucket]] = [:]
    var history: [KeyID: [UInt64]] = [:]

    init(_ ledger: Ledger, _ keys: [KeyID]) throws {
        _ = ledger.viewsAtHead()
        usage = try ledger.views.usage(of: keys)
        for key in keys {
            hours[key] = try Self.buckets(.hour, ledger, key)
            days[key] = try Self.buckets(.day, ledger, key)
            history[key] = try ledger.views.history(of: key, from: 0, limit: .max)
        }
    }

    private static func buckets(_ bucket: Views.Bucket, _ ledger: Ledger, _ key: KeyID) throws -> [Bucket] {
        try ledger.views.buckets(
            bucket, of: key, from: Timestamp(seconds: 0), to: Timestamp(seconds: 4_000_000_000), limit: .max
        ).map { Bucket(start: $0.start, counts: $0.counts) }
    }
}

/// Usage by the plainest fold there is.
struct UsageFold: Equatable {
    var uses: UInt64 = 0
    var refusals: [RefusalCode: UInt64] = [:]
    var first: Timestamp?
    var last: Timestamp?
    var events: UInt64 = 0

    static func of(_ log: [Entry]) -> [KeyID: UsageFold] {
        var folds: [KeyID: UsageFold] = [:]
        for entry in log { folds[entry.event.keyID, default: UsageFold()].add(entry) }
        return folds
    }

    mutating func add(_ entry: Entry) {
        events += 1
        if let use = entry.accepted {
            uses += use.count
            first = min(first ?? .init(microseconds: .max), use.firstAt ?? use.decidedAt)
            last = max(last ?? .init(microseconds: .min), use.decidedAt)
        } else if let use = entry.use, let code = entry.refusal {
            refusals[code, default: 0] += use.count
        }
    }

    init() {}

    init(_ usage: KeyUsage) {
        uses = usage.counts.uses
        refusals = usage.counts.refusals
        first = usage.firstUsedAt
        last = usage.lastUsedAt
        events = usage.events
    }
}
