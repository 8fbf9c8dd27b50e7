internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// Entries in which a table differs from what the log says it should hold.
public struct DifferenceList: Sendable {
    public struct Difference: Equatable, Sendable {
        public enum Kind: String, Sendable {
            /// The log calls for it, the table lacks it.
            case missing
            /// The table has it, the log does not call for it.
            case extra
            /// Both have it, with other contents.
            case different
        }

        public let table: String
        /// The entry's key in hexadecimal.
        public let key: String
        public let kind: Kind
    }

    /// More are counted, not kept.
    public static let kept = 1000
    public private(set) var count = 0
    public private(set) var first: [Difference] = []

    public init() {}

    public mutating func add(_ other: DifferenceList) {
        count += other.count
        first = Array((first + other.first).prefix(Self.kept))
    }

    /// Entries compared in one read transaction: a longer one would keep every page freed meanwhile from being reused.
    public static let page = 10_000

    /// Walks both tables side by side, from the entry after `previous` on, which is empty at the beginning. Answers the key to go on
    /// after; `nil` at the end.
    mutating func compare(
        _ name: String, _ live: borrowing some Transaction & ~Copyable, _ liveTable: Table,
        _ expected: borrowing some Transaction & ~Copyable, _ expectedTable: Table, after previous: [UInt8], limit: Int
    ) throws -> [UInt8]? {
        var actual = try live.cursor(in: liveTable)
        var wanted = try expected.cursor(in: expectedTable)
        // The least key after another is that key and a zero.
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
        // On a broken page keys stand in no order, and going on after one of them may lead back.
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
