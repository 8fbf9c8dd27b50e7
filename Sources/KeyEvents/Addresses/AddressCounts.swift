public import Bytes

/// Where the presentations that one record counts came from, and how many came from each address: at most `most` addresses, those of which
/// no address is known, and how many came from others.
///
/// The counts add up to that of the record. Of few addresses they are exact; where parts with different addresses were put together and
/// those were too many, what stands beside an address is the least that came from it, and the rest is among the others.
public struct AddressCounts: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        /// As `IPAddress` writes it; `nil`: it is not known.
        public let address: String?
        public internal(set) var count: UInt64

        public init(address: String?, count: UInt64) {
            self.address = address
            self.count = count
        }
    }

    /// Addresses that are told one by one.
    public static let most = 8

    /// In the order in which they were first seen.
    public private(set) var entries: [Entry]
    /// How many presentations came from further addresses.
    public private(set) var others: UInt64

    /// As they stand in a record, right or wrong.
    public init(entries: [Entry], others: UInt64 = 0) {
        self.entries = entries
        self.others = others
    }

    /// So many presentations from one address.
    public init(_ address: IPAddress?, count: UInt64 = 1) { self.init(entries: [Entry(address: address?.description, count: count)]) }

    public var total: UInt64 { entries.reduce(others) { $0.saturatingAdding($1.count) } }

    public var isAnyKnown: Bool { others > 0 || entries.contains { $0.address != nil } }

    /// Adds up both. Where there are too many addresses, those stay that most came from; of equals, those that were there first.
    public mutating func add(_ more: AddressCounts) {
        others = others.saturatingAdding(more.others)
        for entry in more.entries {
            if let index = entries.firstIndex(where: { $0.address == entry.address }) {
                entries[index].count = entries[index].count.saturatingAdding(entry.count)
            } else {
                entries.append(entry)
            }
        }
        while entries.count(where: { $0.address != nil }) > Self.most, let index = leastIndex {
            others = others.saturatingAdding(entries.remove(at: index).count)
        }
    }

    /// The last of the known addresses that fewest came from.
    private var leastIndex: Int? {
        var least: Int?
        for (index, entry) in entries.enumerated() where entry.address != nil {
            if least.map({ entry.count <= entries[$0].count }) ?? true { least = index }
        }
        return least
    }

    /// As many, of which no address is known.
    public var forgotten: AddressCounts { AddressCounts(nil, count: total) }
}

extension AddressCounts: CustomStringConvertible {
    /// For people, the most frequent first: `198.51.100.1 (3), 2001:db8::1 (1), unknown addresses (2), others (5)`. The numbers are left
    /// out where there is but one address.
    public var description: String { text { $0 } }

    /// As above, with each address as `shown` makes it.
    public func text(_ shown: (String) -> String) -> String {
        let known = entries.filter { $0.address != nil }.sorted { ($1.count, $0.address ?? "") < ($0.count, $1.address ?? "") }
        let unknown = entries.filter { $0.address == nil }.reduce(UInt64(0)) { $0.saturatingAdding($1.count) }
        if known.count == 1, unknown == 0, others == 0 { return shown(known[0].address ?? "") }
        var parts = known.map { "\(shown($0.address ?? "")) (\($0.count))" }
        if unknown > 0 { parts.append("unknown addresses (\(unknown))") }
        if others > 0 { parts.append("others (\(others))") }
        return parts.joined(separator: ", ")
    }
}

extension Event {
    /// Where the presentations came from that a use or refusal counts, as far as that can be read; `nil` of any other event, and where
    /// nothing is known. A record of an older version that counts several says only where the last came from.
    public func origins(_ personal: PersonalFields?) -> AddressCounts? {
        let use: Use
        switch body {
        case .used(let body), .refused(let body, _): use = body
        default: return nil
        }
        if let addresses = personal?.addresses { return addresses }
        guard let address = personal?.clientAddress else { return nil }
        var counts = AddressCounts(entries: [.init(address: address, count: min(use.count, 1))])
        if use.count > 1 { counts.add(AddressCounts(nil, count: use.count - 1)) }
        return counts
    }

    /// What is wrong with the addresses of a use or refusal; `nil` where they say what the record does, or cannot be read.
    public func addressObjection(_ personal: PersonalFields?) -> String? {
        let use: Use
        switch body {
        case .used(let body), .refused(let body, _): use = body
        default: return personal?.addresses == nil ? nil : "the event counts addresses and no presentations"
        }
        guard let addresses = personal?.addresses else { return nil }
        let known = addresses.entries.compactMap(\.address)
        if addresses.total != use.count { return "the counts of its addresses add up to \(addresses.total), and it counts \(use.count)" }
        if known.count > AddressCounts.most || Set(known).count < known.count || addresses.entries.count > known.count + 1
            || addresses.entries.contains(where: { $0.count == 0 })
        {
            return "its addresses are too many, stand twice, or count nothing"
        }
        return known.contains { IPAddress($0)?.description != $0 } ? "one of its addresses is none" : nil
    }
}
