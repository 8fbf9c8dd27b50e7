internal import Bytes
internal import KeyEvents

/// The places in a text at which words begin like keys of this service, in capitals or not.
struct KeyCandidates {
    private let bytes: [UInt8]
    private let prefix: String
    /// The starts of the words, in order.
    let starts: [Int]

    init(_ bytes: [UInt8], prefix: String) {
        self.bytes = bytes
        self.prefix = prefix
        let beginning = prefix + "_"
        let first = beginning.utf8.first ?? 0
        starts = bytes.indices.filter { index in
            bytes[index].asciiLowercased == first
                && (index == 0 || !bytes[index - 1].isASCIILetterOrDigit && bytes[index - 1] != UInt8(ascii: "_"))
                && bytes.has(beginning, at: index) && !Self.isName(bytes, at: index, minLength: beginning.utf8.count + 24)
        }
    }

    /// Whether the word is the name of a setting, such as `LHQL_API_KEY=…`.
    private static func isName(_ bytes: [UInt8], at index: Int, minLength: Int) -> Bool {
        let end = bytes.skip(from: index, upTo: minLength) { $0.isOfName }
        guard end - index < minLength else { return false }
        let next = bytes.skip(from: end, upTo: 8) { $0.isBlank || $0.isQuote }
        return next + 1 < bytes.count && (bytes[next] == UInt8(ascii: "=") || bytes[next] == UInt8(ascii: ":"))
            && bytes[next + 1] != .lineFeed
    }

    var isEmpty: Bool { starts.isEmpty }

    /// The first word that is a whole key.
    var whole: String? {
        for start in starts {
            let end = bytes.skip(from: start, upTo: 100) { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
            if SecretFormat.isWellFormed(bytes[start..<end].span, prefix: prefix.utf8.span) { return bytes.text(start..<end) }
        }
        return nil
    }

    func begins(at index: Int) -> Bool {
        let place = position(of: index)
        return place < starts.count && starts[place] == index
    }

    /// Whether a word begins at an index or at most so many bytes behind it, in the same line.
    func follows(_ index: Int, within distance: Int) -> Bool {
        let place = position(of: index)
        guard place < starts.count, starts[place] - index <= distance else { return false }
        return !bytes[index..<starts[place]].contains(.lineFeed)
    }

    /// The end of the word that begins at an index, with dots and stars that stand for a part of it.
    func end(of start: Int) -> Int {
        bytes.skip(from: start) {
            $0.isOfName || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: ".") || $0 >= 0x80 || $0 == UInt8(ascii: "=")
        }
    }

    /// Whether the text before an index ends with a whole key.
    func isWhole(endingAt index: Int) -> Bool {
        let place = position(of: index)
        guard place > 0 else { return false }
        let start = starts[place - 1]
        guard index - start <= 100 else { return false }
        return SecretFormat.isWellFormed(bytes[start..<index].span, prefix: prefix.utf8.span)
    }

    private func position(of index: Int) -> Int {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < index { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
