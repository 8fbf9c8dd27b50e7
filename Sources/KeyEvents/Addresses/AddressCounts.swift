public import Bytes

/// The addresses that the presentations of one record came from, with a count for each: at most `maxAddresses` known addresses, one entry
/// for presentations whose address is not known, and the count of those from further addresses.
///
/// The counts add up to the count of the record. They are exact where the addresses are few. Where counts with different
/// addresses were merged and the addresses were too many, the count of an address is a lower bound, and the rest is among the
/// others.
public struct AddressCounts: Equatable, Sendable {
    /// One address and the number of presentations from it.
    public struct Entry: Equatable, Sendable {
        /// The address as `IPAddress.description` writes it; `nil` where it is not known.
        public let address: String?
        /// How many presentations came from the address.
        public internal(set) var count: UInt64

        /// Creates an entry.
        ///
        /// - Parameters:
        ///   - address: The address as text; `nil` where it is not known.
        ///   - count: How many presentations came from it.
        public init(address: String?, count: UInt64) {
            self.address = address
            self.count = count
        }
    }

    /// The maximum number of known addresses with an entry of their own.
    public static let maxAddresses = 8

    /// The entries in the order in which their addresses were first seen.
    public private(set) var entries: [Entry]
    /// How many presentations came from further addresses.
    public private(set) var others: UInt64

    /// Creates the counts as they stand in a record. They are not checked.
    ///
    /// - Parameters:
    ///   - entries: The addresses and their counts.
    ///   - others: How many presentations came from further addresses.
    public init(entries: [Entry], others: UInt64 = 0) {
        self.entries = entries
        self.others = others
    }

    /// Creates the counts of presentations from one address.
    ///
    /// - Parameters:
    ///   - address: The address; `nil` where it is not known.
    ///   - count: How many presentations came from it.
    public init(_ address: IPAddress?, count: UInt64 = 1) { self.init(entries: [Entry(address: address?.description, count: count)]) }

    /// The number of all presentations.
    public var total: UInt64 { entries.reduce(others) { $0.saturatingAdding($1.count) } }

    /// Whether the address of at least one presentation is, or was, known.
    public var isAnyKnown: Bool { others > 0 || entries.contains { $0.address != nil } }

    /// Adds other counts to these. Where there are too many addresses, those with the highest counts stay; of equal counts, those
    /// that were there first.
    ///
    /// - Parameter more: The counts to add.
    public mutating func add(_ more: AddressCounts) {
        others = others.saturatingAdding(more.others)
        for entry in more.entries {
            if let index = entries.firstIndex(where: { $0.address == entry.address }) {
                entries[index].count = entries[index].count.saturatingAdding(entry.count)
            } else {
                entries.append(entry)
            }
        }
        while entries.count(where: { $0.address != nil }) > Self.maxAddresses, let index = leastIndex {
            others = others.saturatingAdding(entries.remove(at: index).count)
        }
    }

    /// The index of the last of the known addresses with the lowest count.
    private var leastIndex: Int? {
        var least: Int?
        for (index, entry) in entries.enumerated() where entry.address != nil {
            if least.map({ entry.count <= entries[$0].count }) ?? true { least = index }
        }
        return least
    }

    /// The same number of presentations, without any address.
    public var forgotten: AddressCounts { AddressCounts(nil, count: total) }
}

extension AddressCounts: CustomStringConvertible {
    /// The counts as text for people, the highest first: `198.51.100.1 (3), 2001:db8::1 (1), unknown addresses (2), others (5)`.
    /// The numbers are left out where there is only one address.
    public var description: String { text { $0 } }

    /// Returns the text of `description` with each address as `shown` writes it.
    ///
    /// - Parameter shown: Returns the text to show for an address.
    /// - Returns: The text.
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
    /// Returns the addresses that the presentations of a use or refusal came from.
    ///
    /// A record of an older version that counts several presentations says only where the last one came from; the others count as
    /// unknown.
    ///
    /// - Parameter personal: The event's personal fields; `nil` where they cannot be decrypted.
    /// - Returns: `nil` for any other event, and where nothing is known of the addresses.
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

    /// Returns what is wrong with the addresses of an event, as a clause about it.
    ///
    /// - Parameter personal: The event's personal fields; `nil` where they cannot be decrypted.
    /// - Returns: `nil` where the addresses agree with the record, and where they cannot be read.
    public func addressObjection(_ personal: PersonalFields?) -> String? {
        let use: Use
        switch body {
        case .used(let body), .refused(let body, _): use = body
        default: return personal?.addresses == nil ? nil : "the event counts addresses and no presentations"
        }
        guard let addresses = personal?.addresses else { return nil }
        let known = addresses.entries.compactMap(\.address)
        if addresses.total != use.count { return "the counts of its addresses add up to \(addresses.total), and it counts \(use.count)" }
        if known.count > AddressCounts.maxAddresses || Set(known).count < known.count || addresses.entries.count > known.count + 1
            || addresses.entries.contains(where: { $0.count == 0 })
        {
            return "its addresses are too many, stand twice, or count nothing"
        }
        return known.contains { IPAddress($0)?.description != $0 } ? "one of its addresses is none" : nil
    }
}
