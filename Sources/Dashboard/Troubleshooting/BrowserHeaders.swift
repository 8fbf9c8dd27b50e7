internal import Bytes

/// The headers of a request as a browser's developer tools copy them: a name in one line, with a colon or without, and its value in the
/// next.
enum BrowserHeaders {
    /// Puts each name and its value in one line.
    ///
    /// - Parameter bytes: The text.
    /// - Returns: The text with plain lines; `nil` where no header that may hold a key stands in two lines.
    static func joined(_ bytes: [UInt8]) -> [UInt8]? {
        let lines = bytes.split(separator: .lineFeed, omittingEmptySubsequences: false)
        var joined: [ArraySlice<UInt8>] = []
        var isFound = false
        var index = 0
        while index < lines.count {
            if let name = name(lines[index]), index + 1 < lines.count, isValue(lines[index + 1]) {
                let kind = HeaderName(String(decoding: name, as: UTF8.self))
                isFound = isFound || kind == .authorization || kind == .apiKey || kind == .misnamed
                joined.append(trimmed(lines[index]) + [.space] + lines[index + 1])
                index += 2
            } else if index + 1 < lines.count, let name = plainName(lines[index], value: lines[index + 1]) {
                isFound = true
                joined.append(name + [UInt8(ascii: ":"), .space] + trimmed(lines[index + 1]))
                index += 2
            } else {
                joined.append(lines[index])
                index += 1
            }
        }
        return isFound ? Array(joined.joined(separator: [.lineFeed])) : nil
    }

    /// The name in a line that holds nothing but a name and a colon. The names of HTTP/2 that are no headers begin with a colon too.
    private static func name(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let line = trimmed(line)
        guard line.last == UInt8(ascii: ":") else { return nil }
        let name = line.dropLast().drop { $0 == UInt8(ascii: ":") }
        return !name.isEmpty && line.count - name.count <= 2 && name.allSatisfy(\.isOfName) ? name : nil
    }

    /// The name of a header for keys in a line that holds nothing else, before a line with what can be its value. Names with several words
    /// are no names here, and neither is a word before a sentence.
    private static func plainName(_ line: ArraySlice<UInt8>, value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let name = trimmed(line)
        guard (4...32).contains(name.count), name.allSatisfy(\.isOfName), isValue(value) else { return nil }
        let words = trimmed(value).split(maxSplits: 3) { $0.isBlank }
        switch HeaderName(String(decoding: name, as: UTF8.self)) {
        case .authorization: return words.count <= 3 ? name : nil
        case .apiKey: return words.count <= 2 ? name : nil
        case .misnamed: return words.count == 1 && words[0].count >= 20 ? name : nil
        default: return nil
        }
    }

    /// Whether a line can be a value: it is neither empty nor a header itself.
    private static func isValue(_ line: ArraySlice<UInt8>) -> Bool {
        let line = trimmed(line)
        guard !line.isEmpty, name(line) == nil else { return false }
        let behind = line.drop(while: \.isOfName)
        // A colon within an address, such as `https://…`, has no space behind it.
        return behind.first != UInt8(ascii: ":") || behind.count == line.count || !(behind.dropFirst().first?.isBlank ?? true)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = line.drop(while: \.isBlank)
        return start.prefix((start.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? start.startIndex) - start.startIndex)
    }
}
