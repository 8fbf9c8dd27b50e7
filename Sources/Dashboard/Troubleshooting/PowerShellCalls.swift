internal import Bytes

/// The commands of PowerShell that send requests, read as PowerShell takes them apart: parameters begin with a hyphen and may be cut short,
/// and headers stand in a table, `@{ name = value; name = value }`.
struct PowerShellCalls {
    struct Call {
        let range: Range<Int>
        var method: String?
        var address: String?
        /// The variable that the headers are taken from.
        var variable: String?
        /// The header that the parameter `-Token` sends.
        var token: PastedRequest.Field?
    }

    private let bytes: [UInt8]
    private let outline: ProgramOutline
    private(set) var calls: [Call] = []
    /// The faults of what is written in ranges of the text.
    private var flaws: [(range: Range<Int>, flaw: String)] = []
    private static let names = ["invoke-restmethod", "invoke-webrequest", "irm", "iwr"]
    private static let maxCalls = 60

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        outline = ProgramOutline(bytes)
        var index = 0
        while index < bytes.count, calls.count < Self.maxCalls {
            let isStart = index == 0 || !bytes[index - 1].isOfName && bytes[index - 1] != UInt8(ascii: ".")
            if isStart, let end = Self.commandEnd(bytes, at: index) {
                index = read(from: index, behind: end)
            } else {
                index += 1
            }
        }
    }

    /// The index behind the name of a command that stands at an index; `nil` where there is none. `curl` and `wget` are such names too,
    /// where a parameter follows that only PowerShell has.
    private static func commandEnd(_ bytes: [UInt8], at index: Int) -> Int? {
        guard "iIcCwW".utf8.contains(bytes[index]) else { return nil }
        for name in names + ["curl", "wget"] where bytes.has(name, at: index) {
            let end = index + name.utf8.count
            guard end < bytes.count, bytes[end].isWhite || bytes.has("`\n", at: end) else { continue }
            // The errors of PowerShell repeat the name before a colon, and the command behind a plus.
            let next = bytes.skip(from: end) { $0.isBlank }
            let before = bytes[..<index].suffix(8).last { !$0.isBlank }
            guard next < bytes.count, bytes[next] != UInt8(ascii: ":"), before != UInt8(ascii: "+") else { return nil }
            guard name == "curl" || name == "wget" else { return end }
            if holdsParameter(bytes, from: end) { return end }
        }
        return nil
    }

    /// Whether a parameter that only PowerShell's commands have stands in a command.
    private static func holdsParameter(_ bytes: [UInt8], from start: Int) -> Bool {
        var index = start
        while index < bytes.count, index - start < 512 {
            switch bytes[index] {
            case .lineFeed where bytes[index - 1] != UInt8(ascii: "`"): return false
            case UInt8(ascii: "@") where bytes.has("@{", at: index): return true
            case UInt8(ascii: "-") where ["-headers ", "-uri ", "-method "].contains { bytes.has($0, at: index) }:
                if bytes[index - 1].isWhite { return true }
            default: break
            }
            index += 1
        }
        return false
    }

    /// Whether a command that PowerShell sends a request with begins at an index.
    static func isCommand(_ bytes: [UInt8], at index: Int) -> Bool { commandEnd(bytes, at: index) != nil }

    // MARK: Parameters

    /// Reads a command; returns the index behind it.
    private mutating func read(from start: Int, behind nameEnd: Int) -> Int {
        var index = nameEnd
        var call = Call(range: start..<nameEnd)
        var parameter: String?
        var authentication: String?
        var token: Range<Int>?
        while index < bytes.count {
            let byte = bytes[index]
            if byte == .lineFeed || ";|)}".utf8.contains(byte) { break }
            if byte.isBlank {
                index += 1
                continue
            }
            if byte == UInt8(ascii: "`"), bytes.skip(from: index + 1, while: { $0.isBlank }) < bytes.count,
                bytes[bytes.skip(from: index + 1, while: { $0.isBlank })] == .lineFeed
            {
                index = bytes.skip(from: index + 1) { $0.isBlank } + 1
                continue
            }
            if byte == UInt8(ascii: "-"), index + 1 < bytes.count, bytes[index + 1].isASCIILetter {
                let end = bytes.skip(from: index + 1) { $0.isASCIILetterOrDigit }
                parameter = bytes.text((index + 1)..<end).lowercased()
                index = end < bytes.count && bytes[end] == UInt8(ascii: ":") ? end + 1 : end
                continue
            }
            let end = Swift.max(valueEnd(at: index), index + 1)
            let text = bytes.text(index..<Swift.min(end, index + 2048))
            switch parameter {
            case let name? where name.hasPrefix("h") && "headers".hasPrefix(name): readHeaders(index..<end, &call)
            case "method", "me", "met": call.method = Method.read(text.filter(\.isLetter)) ?? call.method
            case "uri", "u", "ur": call.address = StrayCharacter.trimmed(text)
            case nil where call.address == nil && byte != UInt8(ascii: "@"): call.address = StrayCharacter.trimmed(text)
            case nil where byte == UInt8(ascii: "@"): call.variable = bytes.text((index + 1)..<end)
            case "token", "tok": token = index..<end
            case let name? where name.hasPrefix("auth"): authentication = text.lowercased()
            default: break
            }
            parameter = nil
            index = end
        }
        if let token { call.token = field(token, authentication) }
        calls.append(
            Call(range: start..<index, method: call.method, address: call.address, variable: call.variable, token: call.token))
        return Swift.max(index, nameEnd)
    }

    /// The end of a value: a text in quotation marks, what stands in brackets, or a word.
    private func valueEnd(at start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte.isWhite || ";|,".utf8.contains(byte) && index > start { break }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                guard let string = outline.string(at: index) else { return bytes.lineEnd(from: index) }
                index = string.upperBound + 1
            } else if "({[".utf8.contains(byte) {
                guard let bracket = outline.bracket(at: index) else { return index + 1 }
                index = bracket.close + 1
            } else if ")}]".utf8.contains(byte) {
                break
            } else {
                index += 1
            }
        }
        return Swift.min(index, bytes.count)
    }

    // MARK: Headers

    private static let form = "Write -Headers @{ Authorization = \"Bearer KEY\" }, with your key for KEY."

    private mutating func readHeaders(_ range: Range<Int>, _ call: inout Call) {
        let first = bytes[range.lowerBound]
        if first == UInt8(ascii: "$"), range.count > 1, bytes[range.lowerBound + 1] != UInt8(ascii: "(") {
            let name = bytes.text((range.lowerBound + 1)..<range.upperBound)
            call.variable = name
            if let bracket = outline.brackets.last(where: { $0.isVariable && $0.name == name && $0.open < range.lowerBound }) {
                if let flaw = tableFlaw(bracket) { flaws.append((bracket.open..<bracket.close, flaw)) }
            } else if let string = outline.strings.last(where: {
                $0.upperBound < range.lowerBound && isAssigned(name, before: $0.lowerBound - 1)
            }) {
                flaws.append((string.lowerBound..<string.upperBound, Self.textFlaw("The variable for -Headers holds a text, and no table")))
            }
            return
        }
        if bytes.has("@{", at: range.lowerBound) || bytes.has("[ordered]@{", at: range.lowerBound) {
            guard let bracket = outline.brackets.first(where: { $0.sign == UInt8(ascii: "{") && range.contains($0.open) }) else { return }
            if let flaw = tableFlaw(bracket) { flaws.append((range, flaw)) }
        } else if first == UInt8(ascii: "{") {
            flaws.append(
                (range, "The sign @ before the brace is missing: to PowerShell a brace alone begins a block of commands. " + Self.form))
        } else if first != UInt8(ascii: "("), first != UInt8(ascii: "$"), first != UInt8(ascii: "[") {
            // What stands behind the first word belongs to the text that was meant.
            flaws.append(
                (range.lowerBound..<bytes.lineEnd(from: range.upperBound), Self.textFlaw("-Headers is given a text, and no table")))
        }
    }

    private static func textFlaw(_ what: String) -> String {
        what + " of names and values: PowerShell refuses that, and nothing is sent. " + form
    }

    private func isAssigned(_ name: String, before mark: Int) -> Bool {
        var index = mark
        while index > 0, bytes[index - 1].isBlank { index -= 1 }
        guard index > 0, bytes[index - 1] == UInt8(ascii: "=") else { return false }
        index -= 1
        while index > 0, bytes[index - 1].isBlank { index -= 1 }
        return bytes.has("$" + name.lowercased(), at: index - name.utf8.count - 1)
    }

    /// What is wrong with a table of names and values.
    private func tableFlaw(_ bracket: ProgramOutline.Bracket) -> String? {
        guard bracket.sign == UInt8(ascii: "{") else { return nil }
        guard bracket.commas.isEmpty else {
            return
                "Commas stand between the entries of the table @{ … }: PowerShell wants semicolons or line breaks there, and refuses the rest."
        }
        var index = bracket.open + 1
        while index < bracket.close {
            index = bytes.skip(from: index) { $0.isWhite || $0 == UInt8(ascii: ";") }
            guard index < bracket.close else { break }
            let isQuoted = bytes[index].isQuote
            let nameEnd =
                isQuoted
                ? outline.string(at: index).map { $0.upperBound + 1 } ?? index
                : bytes.skip(from: index) { !$0.isWhite && !":=;}".utf8.contains($0) }
            let sign = bytes.skip(from: nameEnd) { $0.isBlank }
            guard nameEnd > index, sign < bracket.close else { break }
            if bytes[sign] == UInt8(ascii: ":") {
                return "A colon stands between a name and its value in the table @{ … }, where PowerShell wants an equals sign. "
                    + Self.form
            }
            guard bytes[sign] == UInt8(ascii: "=") else { break }
            if !isQuoted, bytes[index..<nameEnd].contains(UInt8(ascii: "-")) {
                return "A name with a hyphen has to stand in quotation marks in the table @{ … }: 'X-API-Key' = \"KEY\"."
            }
            let value = bytes.skip(from: sign + 1) { $0.isBlank }
            guard value < bracket.close else { break }
            if bytes.has("bearer", at: value) {
                return "The value in the table @{ … } stands without quotation marks: PowerShell takes it for a command. " + Self.form
            }
            index = entryEnd(from: value, in: bracket)
        }
        return nil
    }

    private func entryEnd(from start: Int, in bracket: ProgramOutline.Bracket) -> Int {
        var index = start
        while index < bracket.close, bytes[index] != .lineFeed, bytes[index] != UInt8(ascii: ";") {
            if bytes[index].isQuote, let string = outline.string(at: index) {
                index = string.upperBound + 1
            } else if let inner = outline.bracket(at: index) {
                index = Swift.max(inner.close, index + 1)
            } else {
                index += 1
            }
        }
        return index
    }

    /// The header that `-Token` sends.
    private func field(_ token: Range<Int>, _ authentication: String?) -> PastedRequest.Field {
        let text = bytes.text(token)
        let string = outline.strings.first { token.contains($0.lowerBound) }
        let isVariable = text.hasPrefix("$")
        let value = isVariable ? text : string.map { bytes.text($0) } ?? text
        var field = PastedRequest.Field(
            name: "Authorization", value: "Bearer " + value, isComputed: isVariable, isCode: true, index: token.lowerBound)
        field.takesSecureText = true
        let isSecure = isVariable || text.lowercased().contains("securestring")
        if !isSecure {
            field.flaw =
                "-Token takes a SecureString and not a text: write -Token (ConvertTo-SecureString \"KEY\" -AsPlainText -Force), or send the"
                + " key with -Headers."
        } else if !(authentication.map { $0.contains("bearer") || $0.contains("oauth") } ?? false) {
            field.flaw = "-Token is sent only with -Authentication Bearer beside it."
        }
        return field
    }

    /// The headers that the calls send by the parameter `-Token`.
    var tokens: [PastedRequest.Field] {
        calls.enumerated().compactMap { number, call in
            guard var field = call.token else { return nil }
            field.uses = [.init(call: number)]
            return field
        }
    }

    /// What is wrong with a header that stands at an index.
    func flaw(at index: Int) -> String? { flaws.first { $0.range.contains(index) }?.flaw }

    /// The calls that a header at an index belongs to; empty where it belongs to none, or to all.
    func calls(at index: Int) -> Set<Int> {
        if let call = calls.firstIndex(where: { $0.range.contains(index) }) { return [call] }
        guard let number = outline.innermost(at: index), let name = outline.brackets[number].name, outline.brackets[number].isVariable
        else {
            return []
        }
        return Set(calls.indices.filter { calls[$0].variable == name })
    }
}
