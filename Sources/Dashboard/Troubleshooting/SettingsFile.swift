internal import Bytes

/// A text that is read as a file of settings (YAML, TOML, INI, or the variables of an environment), in which quotation marks around a
/// value belong to the file and are not sent.
struct SettingsFile {
    private let bytes: [UInt8]
    /// The maximum number of bytes before a name that are looked at.
    private static let maxBytes = 4_096

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Tells whether a name is that of a setting: it stands below the name of a group, or is written as the variables of an environment
    /// are.
    ///
    /// - Parameter range: The place of the name.
    /// - Returns: `true` for the name of a setting.
    func holds(_ range: Range<Int>) -> Bool {
        let before = bytes[max(0, range.lowerBound - Self.maxBytes)..<range.lowerBound]
        var lines = before.split(separator: .lineFeed, omittingEmptySubsequences: false)
        guard let line = lines.popLast(), line.allSatisfy({ $0.isBlank || $0 == UInt8(ascii: "-") }) else {
            return isExported(range, before)
        }
        if isVariable(range) { return true }
        let above = lines.last { Self.indentation($0) < line.count && !$0.allSatisfy(\.isBlank) }
        if line.contains(where: \.isBlank), let above, Self.isGroup(above) { return true }
        return lines.contains(where: Self.isSection)
    }

    private static func indentation(_ line: ArraySlice<UInt8>) -> Int { line.prefix(while: \.isBlank).count }

    /// Whether a line is the name of a group with nothing behind its colon, as in YAML.
    private static func isGroup(_ line: ArraySlice<UInt8>) -> Bool {
        let text = line.filter { !$0.isBlank }
        return text.count > 1 && text.last == UInt8(ascii: ":") && text.dropLast().allSatisfy { $0.isOfName || "\"'./".utf8.contains($0) }
    }

    /// Whether a line is the name of a section in brackets, as in TOML.
    private static func isSection(_ line: ArraySlice<UInt8>) -> Bool {
        let text = line.filter { !$0.isBlank }
        return text.count > 2 && text.first == UInt8(ascii: "[") && text.last == UInt8(ascii: "]")
            && text.allSatisfy { $0.isOfName || "[]\".".utf8.contains($0) }
    }

    /// Whether a name in capitals with an equals sign behind it is that of a variable of the environment.
    private func isVariable(_ range: Range<Int>) -> Bool {
        let name = bytes[range]
        let next = bytes.skip(from: range.upperBound) { $0.isBlank }
        return next < bytes.count && bytes[next] == UInt8(ascii: "=") && name.contains(UInt8(ascii: "_"))
            && name.allSatisfy { $0 == UInt8(ascii: "_") || $0.isASCIIDigit || $0.isASCIIUppercase }
    }

    /// Whether the word `export` or `ENV` stands before the name of a variable.
    private func isExported(_ range: Range<Int>, _ before: ArraySlice<UInt8>) -> Bool {
        let words = before.suffix(12).split { !$0.isASCIILetter }
        return isVariable(range) && ["export", "env", "set"].contains(words.last.map { String(decoding: $0, as: UTF8.self).lowercased() })
    }
}
