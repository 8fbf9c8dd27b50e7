internal import Bytes
internal import EventLog

/// The address of a tile, behind `/log/tile/` for hashes and behind `/log/tile/entries/` for records:
/// `[<level>/]<index>[.p/<width>]`, with the index in groups of three digits, all but the last one prefixed with `x` (C2SP
/// tlog-tiles): 1234067 is `x001/x234/067`.
struct TileAddress: Equatable {
    let index: UInt64
    /// The number of hashes or records; 256 in a full tile.
    let width: Int

    /// Parses an address; `nil` for anything but the canonical form of an index and a width.
    init?(_ segments: some Collection<Substring>) {
        var groups = Array(segments)
        var width = Tiles.width
        if groups.count >= 2, groups[groups.count - 2].hasSuffix(".p") {
            guard let number = Self.number(groups.removeLast(), digits: 1...3), (1..<UInt64(Tiles.width)).contains(number) else {
                return nil
            }
            width = Int(number)
            groups[groups.count - 1].removeLast(2)
        }
        guard (1...6).contains(groups.count) else { return nil }
        var index: UInt64 = 0
        for (place, group) in groups.enumerated() {
            let isLast = place == groups.count - 1
            guard isLast || group.hasPrefix("x"), let number = Self.threeDigits(isLast ? group : group.dropFirst()) else { return nil }
            // Leading groups of zeros are not allowed.
            if place == 0, !isLast, number == 0 { return nil }
            index = index * 1000 + number
        }
        self.index = index
        self.width = width
    }

    private static func threeDigits(_ text: Substring) -> UInt64? {
        guard text.utf8.count == 3, text.isASCIIDigits else { return nil }
        return UInt64(text)
    }

    /// Parses a number without leading zeros.
    static func number(_ text: Substring, digits: ClosedRange<Int>) -> UInt64? {
        guard digits.contains(text.utf8.count), text.isASCIIDigits, text == "0" || text.first != "0" else { return nil }
        return UInt64(text)
    }
}
