internal import Bytes
internal import EventLog

/// What stands behind `/log/tile/` for hashes, and behind `/log/tile/entries/` for records: `[<level>/]<index>[.p/<width>]`, the index in
/// groups of three digits, all but the last with an `x` before them (C2SP tlog-tiles): 1234067 is `x001/x234/067`.
struct TileAddress: Equatable {
    let index: UInt64
    /// How many hashes or records; 256 in a full tile.
    let width: Int

    /// `nil` for anything but the one form that an index and a width have.
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
            // Without leading groups of nothing.
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

    /// Without leading zeros.
    static func number(_ text: Substring, digits: ClosedRange<Int>) -> UInt64? {
        guard digits.contains(text.utf8.count), text.isASCIIDigits, text == "0" || text.first != "0" else { return nil }
        return UInt64(text)
    }
}
