internal import Bytes

/// Takes off a pasted text what a mail program, a browser or a recorder of network traffic has put around its lines.
enum PlainLines {
    /// - Parameter bytes: The text as it was pasted.
    /// - Returns: The text with a line feed at the end of each line, without the escapes of HTML, and with the cells of tables in
    ///   Markdown apart by tabs.
    static func of(_ bytes: [UInt8]) -> [UInt8] { withoutTables(withoutEntities(withLineFeeds(bytes))) }

    /// Ends all lines alike, and takes the escapes off line breaks in a dump of a request, which may have a break of its own behind them.
    private static func withLineFeeds(_ bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\r"):
                plain.append(.lineFeed)
                index += index + 1 < bytes.count && bytes[index + 1] == .lineFeed ? 2 : 1
            case .backslash where bytes.has("\\r\\n", at: index):
                plain.append(.lineFeed)
                index += 4
                if index < bytes.count, bytes[index] == UInt8(ascii: "\r") { index += 1 }
                if index < bytes.count, bytes[index] == .lineFeed { index += 1 }
            default:
                plain.append(bytes[index])
                index += 1
            }
        }
        return plain
    }

    private static let entities: [(text: String, byte: UInt8)] = [
        ("&quot;", UInt8(ascii: "\"")), ("&#34;", UInt8(ascii: "\"")), ("&#39;", UInt8(ascii: "'")), ("&apos;", UInt8(ascii: "'")),
        ("&lt;", UInt8(ascii: "<")), ("&gt;", UInt8(ascii: ">")), ("&amp;", UInt8(ascii: "&")),
    ]

    /// Puts the characters themselves in the place of their escapes, where quotation marks are escaped: an address may have an
    /// ampersand with such a word behind it.
    private static func withoutEntities(_ bytes: [UInt8]) -> [UInt8] {
        guard entities.prefix(4).contains(where: { bytes.holds($0.text) }) else { return bytes }
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let entity = bytes[index] == UInt8(ascii: "&") ? entities.first { bytes.has($0.text, at: index) } : nil
            plain.append(entity?.byte ?? bytes[index])
            index += entity?.text.utf8.count ?? 1
        }
        return plain
    }

    /// Puts tabs between the cells of lines that begin and end with a vertical bar.
    private static func withoutTables(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "|")) else { return bytes }
        let lines = bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).map { line -> [UInt8] in
            let row = trimmed(line)
            guard row.count > 2, row.first == UInt8(ascii: "|"), row.last == UInt8(ascii: "|") else { return Array(line) }
            return Array(
                row.dropFirst().dropLast().split(separator: UInt8(ascii: "|")).map(trimmed).joined(separator: [UInt8(ascii: "\t")]))
        }
        return Array(lines.joined(separator: [.lineFeed]))
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let rest = line.drop(while: \.isBlank)
        return rest.prefix((rest.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? rest.startIndex) - rest.startIndex)
    }
}
