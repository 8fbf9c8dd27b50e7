internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// The entries in which a table differs from what the log says it should hold.
public struct DifferenceList: Sendable {
    /// One entry that differs.
    public struct Difference: Equatable, Sendable {
        /// How an entry differs.
        public enum Kind: String, Sendable {
            /// The log requires the entry, and the table lacks it.
            case missing
            /// The table has the entry, and the log does not require it.
            case extra
            /// Both have the entry, with different contents.
            case different
        }

        /// The name of the table.
        public let table: String
        /// The key of the entry in hexadecimal.
        public let key: String
        /// How the entry differs.
        public let kind: Kind
    }

    /// The maximum number of differences that are kept. Further ones are only counted.
    public static let kept = 1000
    /// The number of all differences.
    public private(set) var count = 0
    /// The first differences, at most `kept`.
    public private(set) var first: [Difference] = []

    /// Creates an empty list.
    public init() {}

    /// Adds the differences of another list.
    public mutating func add(_ other: DifferenceList) {
        count += other.count
        first = Array((first + other.first).prefix(Self.kept))
    }

    /// The number of entries that are compared in one read transaction. A longer transaction would keep all pages that are freed during
    /// it from being reused.
    public static let page = 10_000

    /// Compares two tables entry by entry, from the entry after `previous` on, which is empty at the beginning. It returns the
    /// key to go on after; `nil` at the end.
    mutating func compare(
        _ name: String, _ live: borrowing some Transaction & ~Copyable, _ liveTable: Table,
        _ expected: borrowing some Transaction & ~Copyable, _ expectedTable: Table, after previous: [UInt8], limit: Int
    ) throws -> [UInt8]? {
        var actual = try live.cursor(in: liveTable)
        var wanted = try expected.cursor(in: expectedTable)
        // The smallest key after another is that key followed by a zero byte.
        let start = previous.isEmpty ? [] : previous + [0]
        var hasActual = try actual.seek(start.span)
        var hasWanted = try wanted.seek(start.span)
        var last: [UInt8]?
        for number in 1...limit where hasActual || hasWanted {
            let order = !hasActual ? 1 : !hasWanted ? -1 : actual.key.order(wanted.key)
            if number == limit { last = order < 0 ? actual.key.copy() : wanted.key.copy() }
            if order < 0 {
                add(name, actual.key, .extra)
            } else if order > 0 {
                add(name, wanted.key, .missing)
            } else if actual.value.order(wanted.value) != 0 {
                add(name, actual.key, .different)
            }
            if order <= 0 { hasActual = try actual.next() }
            if order >= 0 { hasWanted = try wanted.next() }
        }
        // The keys on a damaged page are not in order, and going on after one of them may lead back.
        if let last, last.span.order(previous.span) <= 0 {
            throw LogError.derivedDamaged(what: "the table \(name)")
        }
        return last
    }

    mutating func add(_ table: String, _ key: borrowing Span<UInt8>, _ kind: Difference.Kind) {
        count += 1
        guard first.count < Self.kept else { return }
        var hex = ""
        for index in 0..<key.count { hex += key[index].hex }
        first.append(Difference(table: table, key: hex, kind: kind))
    }
}
