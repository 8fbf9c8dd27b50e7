internal import Bytes
internal import Foundation

/// Reads a command that sends a request: `curl`, `wget`, and `http` of HTTPie and of its relatives.
struct CommandReader {
    private enum Program {
        case curl, wget, httpie
    }

    private let program: Program
    private let command: ShellCommand
    private(set) var request = PastedRequest(form: .command)
    private var user: ShellCommand.Word?
    private var password: ShellCommand.Word?
    private var sendsJSON = false
    private var uploads = false
    private var isBearer = false
    private var sendsDataInAddress = false
    private var data: [String] = []
    /// The variables that hold whole headers.
    private var headerVariables: [ShellCommand.Word] = []

    /// Finds the first command in a text and reads it; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - start: The index behind which the command begins.
    /// - Returns: The request of the command, and the range of the command in the text.
    static func read(_ bytes: [UInt8], from start: Int = 0) -> (request: PastedRequest, range: Range<Int>)? {
        var index = start
        var line = bytes[..<start].lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0
        while index < bytes.count {
            if bytes[index] == .lineFeed { line = index + 1 }
            let isStart = index == 0 || bytes[index - 1].isWhite || "(|&;`".utf8.contains(bytes[index - 1])
            let isBehindSign = index > 0 && bytes[index - 1] == UInt8(ascii: ">")
            if isStart || isBehindSign, let (program, begin) = program(bytes, at: index, line: line),
                isStart || ShellKind.ofPrompt(bytes, line: line, to: index) != nil
            {
                let command = ShellCommand(bytes, from: begin)
                var reader = CommandReader(program, command)
                if reader.readWords() {
                    reader.findHeaderVariables(bytes, before: index)
                    let shell = ShellKind.of(bytes, line: line, to: index) ?? command.shell
                    reader.findLostLines(bytes, shell)
                    reader.findShellFaults(bytes, shell, isAlias: begin == index + 4)
                    return (reader.request, index..<command.end)
                }
                index = command.end
                continue
            }
            index += 1
        }
        return nil
    }

    private static func program(_ bytes: [UInt8], at index: Int, line: Int) -> (Program, begin: Int)? {
        let names: [(String, Program)] = [
            ("curl.exe", .curl), ("curl", .curl), ("wget", .wget), ("https", .httpie), ("http", .httpie), ("httpie", .httpie),
            ("xhs", .httpie),
            ("xh", .httpie),
        ]
        for (name, program) in names where bytes.has(name, at: index) {
            let end = index + name.utf8.count
            guard end < bytes.count, bytes[end].isWhite else { continue }
            // The same names mean other commands to PowerShell, which have parameters of their own.
            guard !PowerShellCalls.isCommand(bytes, at: index) else { return nil }
            if program == .httpie {
                // The words occur in prose and in logs; as a command they begin a line, behind a prompt at most.
                guard (line..<index).allSatisfy({ !bytes[$0].isASCIILetterOrDigit }) else { continue }
                // A program gives a value to a variable of that name.
                let next = bytes.skip(from: end) { $0.isBlank }
                guard next < bytes.count, bytes[next] != UInt8(ascii: "="), !bytes.has(":=", at: next) else { continue }
            }
            return (program, end)
        }
        return nil
    }

    private init(_ program: Program, _ command: ShellCommand) {
        self.program = program
        self.command = command
    }

    // MARK: Words

    /// Options that are followed by a value and tell nothing of the request.
    private static let optionsWithValue: Set<String> = [
        "-o", "--output", "-A", "--user-agent", "-e", "--referer", "-x", "--proxy", "-T", "-m", "--max-time",
        "--connect-timeout", "-w", "--write-out", "-E", "--cert", "--cacert", "--key", "--resolve", "-K", "--config", "-c", "--cookie-jar",
        "-D", "--dump-header", "-r", "--range", "-C", "--retry", "--retry-delay", "-U", "--proxy-user", "-y", "-Y", "-z", "--interface",
        "--limit-rate", "-O", "-t", "--tries", "--timeout", "-P", "--verify", "--session", "--ca-certificate", "--print", "-p", "--pretty",
        "--style", "-s", "--max-redirects", "--connect-to", "--ciphers", "--proxy-header", "-F", "--form",
    ]

    /// Reads the words of the command; `false` where they are no command but prose.
    private mutating func readWords() -> Bool {
        var isCommand = false
        var index = 0
        let words = command.words
        func value() -> ShellCommand.Word? {
            index += 1
            return index < words.count ? words[index] : nil
        }
        var positional: [ShellCommand.Word] = []
        while index < words.count {
            let word = words[index]
            let text = word.text
            if ["\u{2013}", "\u{2014}", "\u{2212}", "\u{2010}", "\u{2011}"].contains(where: text.hasPrefix) {
                isCommand = true
                request.flaw =
                    "A dash (–) stands where a hyphen (-) should: the program takes what follows for an address. Type the"
                    + " option again, with a hyphen."
            } else if text.hasPrefix("-"), text.utf8.count > 1, let option = Option(text, isCurl: program == .curl) {
                isCommand = true
                if program == .httpie, option.name == "-s" || option.name == "-o" {
                    index += 1
                } else if program == .wget, option.name == "-H" {
                    if let next = index + 1 < words.count ? words[index + 1] : nil, next.bytes.contains(UInt8(ascii: ":")) {
                        index += 1
                        add(header: next)
                        request.flaw = "wget's option -H is another one: it sends no header. Write --header=\"…\" instead."
                    }
                } else if let name = Self.meaning(option.name, program) {
                    let argument = option.value.map { Self.word($0, of: word) } ?? value()
                    if let argument { take(name, argument) }
                } else if Self.flags.contains(option.name) {
                    if option.name == "-G" || option.name == "--get" { sendsDataInAddress = true }
                    if option.name == "-I" || option.name == "--head" { request.method = "HEAD" }
                } else if option.value == nil, Self.optionsWithValue.contains(option.name),
                    !(program == .curl && ["-O", "-s", "-t", "-p"].contains(option.name))
                {
                    index += 1
                }
            } else {
                positional.append(word)
            }
            index += 1
        }
        return finish(positional) || isCommand
    }

    private enum Meaning {
        case header, user, password, method, address, bearer, cookie, data, json, upload, authType
    }

    private static let flags: Set<String> = ["-G", "--get", "-I", "--head"]

    private static func meaning(_ option: String, _ program: Program) -> Meaning? {
        switch (option, program) {
        case ("-H", .curl), ("--header", .curl), ("--header", .wget): .header
        case ("-u", .curl), ("--user", .curl), ("--user", .wget), ("--http-user", .wget), ("-a", .httpie), ("--auth", .httpie):
            .user
        case ("--password", .wget), ("--http-password", .wget): .password
        case ("-T", .curl), ("--upload-file", .curl): .upload
        case ("--json", .curl): .json
        case ("-X", .curl), ("--request", .curl), ("--method", .wget): .method
        case ("--url", .curl): .address
        case ("--oauth2-bearer", .curl): .bearer
        case ("-b", .curl), ("--cookie", .curl): .cookie
        case ("-d", .curl), ("--data", .curl), ("--data-raw", .curl), ("--data-binary", .curl), ("--data-urlencode", .curl),
            ("--post-data", .wget), ("--body-data", .wget):
            .data
        case ("-A", .httpie), ("--auth-type", .httpie): .authType
        default: nil
        }
    }

    private static func word(_ value: String, of word: ShellCommand.Word) -> ShellCommand.Word {
        ShellCommand.Word(bytes: Array(value.utf8), isComputed: word.isComputed, hasIdleVariable: word.hasIdleVariable)
    }

    private mutating func take(_ meaning: Meaning, _ word: ShellCommand.Word) {
        switch meaning {
        case .header: add(header: word)
        case .user: user = word
        case .password: password = word
        case .method: request.method = Method.read(word.text)
        case .address: request.addresses.append(word.text)
        case .bearer: add("Authorization", "Bearer " + word.text, word)
        case .cookie: request.fields.append(.init(name: "Cookie", value: word.text, place: .cookie))
        case .data, .json:
            data.append(word.text)
            sendsJSON = sendsJSON || meaning == .json
            if request.method == nil { request.method = "POST" }
        case .upload:
            uploads = true
            if request.method == nil { request.method = "PUT" }
        case .authType: isBearer = word.text.lowercased() == "bearer"
        }
    }

    private mutating func add(_ name: String, _ value: String, _ word: ShellCommand.Word) {
        var field = PastedRequest.Field(name: name, value: value, isComputed: word.isComputed)
        if word.hasIdleVariable, KeyText.holdsVariable(value) {
            field.flaw =
                "The variable stands in single quotes, in which the shell does not replace it: its name is sent and not the"
                + " key. Use double quotes."
        }
        request.fields.append(field)
    }

    private mutating func add(header word: ShellCommand.Word) {
        let text = word.text
        guard !text.hasPrefix("@") else {
            request.hasHeaderFile = true
            return
        }
        if word.variable != nil {
            headerVariables.append(word)
            return
        }
        guard let separator = text.utf8.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") })
        else {
            addWithoutColon(text, word)
            return
        }
        let name = String(text[..<separator])
        let value = String(Substring(text.utf8[text.utf8.index(after: separator)...]).trimmingSpaces)
        add(name, value, word)
        let last = request.fields.indices.last ?? 0
        if text.utf8[separator] == UInt8(ascii: "="), HeaderName(name) != .other {
            request.fields[last].flaw = "An equals sign stands behind the header's name, where a colon belongs: it is not sent as a header."
        } else if name.utf8.contains(.space), HeaderName(name.prefix { $0 != " " }) != .other {
            request.fields[last].flaw = "The colon behind the header's name is missing: the program does not send the header."
        }
    }

    private mutating func addWithoutColon(_ text: String, _ word: ShellCommand.Word) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard let name = parts.first, parts.count == 2, HeaderName(name) != .other else { return }
        add(name, parts[1], word)
        request.fields[request.fields.count - 1].flaw =
            "The colon behind the header's name is missing: the program does not send the header."
    }

    // MARK: The rest

    /// Reads the words that belong to no option. Returns whether they look like those of a command.
    private mutating func finish(_ positional: [ShellCommand.Word]) -> Bool {
        var rest = positional[...]
        var isCommand = false
        if program == .httpie, let method = rest.first.flatMap({ Method.read($0.text) }) {
            request.method = method
            rest = rest.dropFirst()
        } else if program == .httpie, positional.dropFirst().contains(where: Self.isBody) {
            request.method = "POST"
        }
        if let address = rest.first, program == .httpie || Self.isAddress(address.text) {
            isCommand = Self.isAddress(address.text)
            if isCommand, request.method == nil { request.method = "GET" }
            request.addresses.append(address.text)
            rest = rest.dropFirst()
        }
        if program == .httpie {
            for item in rest { isCommand = take(item: item) || isCommand }
        } else {
            readUnquoted(Array(rest))
        }
        if sendsDataInAddress {
            request.method = "GET"
            for text in data { request.addresses.append("/?" + text) }
        } else if !data.isEmpty {
            request.fields += data.map { .init(name: "body", value: $0, place: .body) }
        }
        takeUser()
        request.isBodyUntyped = (!data.isEmpty && !sendsDataInAddress || uploads) && !sendsJSON && !namesJSON
        if command.isUnclosed {
            request.flaw = "A quotation mark is opened and never closed: the rest of the command becomes a part of the header."
        }
        return isCommand
    }

    /// Whether a header says that the body is JSON, or may say so.
    private var namesJSON: Bool {
        request.hasHeaderFile
            || request.fields.contains { field in
                field.name.lowercased() == "content-type" && (field.isComputed || field.value.lowercased().contains("json"))
            }
    }

    private static func isAddress(_ text: String) -> Bool {
        let lower = text.lowercased()
        return lower.contains("://") || lower.hasPrefix("localhost") || lower.hasPrefix(":") || lower.hasPrefix("/") || lower.hasPrefix("$")
            || lower.hasPrefix("{") || (lower.utf8.contains(UInt8(ascii: ".")) && lower.utf8.first?.isASCIILetterOrDigit ?? false)
    }

    /// Whether an item of HTTPie is a part of the body, which makes a request a POST that names no method.
    private static func isBody(_ word: ShellCommand.Word) -> Bool {
        guard let index = word.bytes.firstIndex(where: { ":=@".utf8.contains($0) }) else { return false }
        return word.bytes[index] != UInt8(ascii: ":") && !word.bytes.has("==", at: index) || word.bytes.has(":=", at: index)
    }

    /// Reads an item of HTTPie: `Name:value` is a header, `name==value` a parameter of the address, `name=value` a part of the body.
    private mutating func take(item word: ShellCommand.Word) -> Bool {
        let text = word.text
        let bytes = Array(text.utf8)
        guard let index = bytes.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }) else { return false }
        let name = bytes.text(0..<index)
        let isDouble = bytes.has("==", at: index)
        let value = bytes.text(min(index + (isDouble ? 2 : 1), bytes.count)..<bytes.count)
        if bytes[index] == UInt8(ascii: ":"), !bytes.has(":=", at: index) {
            add(name, String(value[...].trimmingSpaces), word)
        } else if isDouble {
            request.addresses.append("/?\(name)=\(value)")
        } else {
            request.fields.append(.init(name: name, value: value, place: .body))
            if HeaderName(name) != .other {
                request.fields[request.fields.count - 1].flaw =
                    "An equals sign makes it a part of the body here; a header is written with a colon, as in X-API-Key:KEY."
            }
        }
        return true
    }

    /// Finds the pieces of a header that was written without quotation marks, which the shell takes apart.
    private mutating func readUnquoted(_ rest: [ShellCommand.Word]) {
        guard let last = request.fields.last, last.value.isEmpty || last.value.lowercased() == "bearer", !rest.isEmpty else { return }
        let index = request.fields.count - 1
        var pieces = last.value.isEmpty ? [] : [last.value]
        let end = last.value.isEmpty ? last.name + ":" : last.value
        for word in command.words.drop(while: { !$0.text.hasSuffix(end) }).dropFirst() {
            guard !word.text.hasPrefix("-"), !Self.isAddress(word.text) else { break }
            pieces.append(word.text)
        }
        guard pieces.count > (last.value.isEmpty ? 0 : 1) else { return }
        request.fields[index].value = pieces.joined(separator: " ")
        request.fields[index].flaw =
            "The header stands without quotation marks, so the shell takes it apart at the spaces and the key is not sent. Put"
            + " it in quotes."
    }

    /// What the options for a user name and a password send, unless a header says something else.
    private mutating func takeUser() {
        guard user != nil || password != nil, !request.fields.contains(where: { HeaderName($0.name) == .authorization }) else { return }
        if let password {
            let text = (user?.text ?? "") + ":" + password.text
            add("Authorization", "Basic " + Data(text.utf8).base64EncodedString(), password)
        } else if let user, isBearer {
            add("Authorization", "Bearer " + user.text, user)
        } else if let user {
            let text = user.text.utf8.contains(UInt8(ascii: ":")) ? user.text : user.text + ":"
            add("Authorization", "Basic " + Data(text.utf8).base64EncodedString(), user)
        }
    }

    /// Reads the headers that stand in variables, where the text sets them.
    private mutating func findHeaderVariables(_ bytes: [UInt8], before start: Int) {
        for word in headerVariables {
            guard let name = word.variable, let value = Self.value(of: name, bytes, before: start) else {
                request.hasHeaderFile = true
                continue
            }
            let count = request.fields.count
            add(header: value)
            guard request.fields.count > count, !word.isDoubleQuoted, value.bytes.contains(.space) else { continue }
            request.fields[request.fields.count - 1].flaw =
                "The variable with the header stands without quotation marks, so the shell takes the header apart at the spaces and the key is"
                + " not sent. Put it in double quotes."
        }
    }

    /// The value that a line of the text gives to a variable of the shell.
    private static func value(of name: String, _ bytes: [UInt8], before end: Int) -> ShellCommand.Word? {
        let beginning = name + "="
        for index in stride(from: end - 1, through: 0, by: -1) where bytes[index] == beginning.utf8.first {
            guard index == 0 || bytes[index - 1].isWhite, bytes[index...].starts(with: beginning.utf8) else { continue }
            return ShellCommand(bytes, from: index + beginning.utf8.count).words.first
        }
        return nil
    }

    /// Looks whether options stand in the next line, to which the command does not go on.
    private mutating func findLostLines(_ bytes: [UInt8], _ shell: ShellKind?) {
        guard request.flaw == nil, command.end < bytes.count, bytes[command.end] == .lineFeed else { return }
        let next = bytes.skip(from: command.end) { $0.isWhite }
        guard bytes.has("-h ", at: next) || bytes.has("-h'", at: next) || bytes.has("-h\"", at: next) || bytes.has("--header", at: next)
        else { return }
        let lost = ShellCommand(bytes, from: next)
        var reader = CommandReader(program, lost)
        _ = reader.readWords()
        request.fields += reader.request.fields
        request.addresses += reader.request.addresses
        guard reader.request.fields.contains(where: { HeaderName($0.name) != .other }) else { return }
        let before = bytes[..<command.end].last { !$0.isBlank }
        request.flaw =
            before == .backslash
            ? "A space stands behind the backslash at the end of a line: the command ends there, and the header is not sent."
            : "The command ends with its first line: put \((shell ?? .posix).continuationRemedy) at the end of a line that is continued."
    }

    /// Looks for what the shell takes otherwise than it was meant, as far as the text tells the shell: quotation marks, signs for a line
    /// that goes on, variables, and names that mean another command.
    private mutating func findShellFaults(_ bytes: [UInt8], _ shell: ShellKind?, isAlias: Bool) {
        guard request.flaw == nil else { return }
        let quoted = command.words.filter(\.isSingleQuoted)
        let isPrompt =
            shell == .commandPrompt || command.hasCarets && shell != .posix
            || quoted.contains(where: { WindowsPrompt.holdsVariable($0.text) }) && shell == nil
            || !quoted.isEmpty && WindowsPrompt.takesPieceForHost(bytes, from: command.end)
        if isPrompt, !quoted.isEmpty {
            request.flaw =
                "Single quotes are ordinary characters to the command prompt of Windows (cmd): it takes the header apart at its spaces. Use"
                + " double quotes there."
            return
        }
        guard let shell else { return }
        if command.continuations.contains(where: { $0 != shell.continuation }) {
            request.flaw =
                "\(shell.shown) does not know the sign at the end of the line: the command ends there. A line that is continued ends with"
                + " \(shell.continuationRemedy)."
            return
        }
        for index in request.fields.indices where request.fields[index].flaw == nil {
            let value = request.fields[index].value
            if let flaw = shell.variableFlaw(in: value) {
                request.fields[index].flaw = flaw
                request.fields[index].isComputed = false
            } else if shell == .commandPrompt, WindowsPrompt.holdsVariable(value) {
                request.fields[index].isComputed = true
            }
        }
        if shell == .powerShell, program == .curl, isAlias { findAlias(bytes) }
    }

    /// In Windows PowerShell `curl` is another name of `Invoke-WebRequest`, which takes no header as a text.
    private mutating func findAlias(_ bytes: [UInt8]) {
        guard request.fields.contains(where: { $0.place == .header && $0.kind != .other }) else { return }
        let text =
            "In Windows PowerShell (version 5) curl is another name of Invoke-WebRequest, which takes headers as a table and refuses a text:"
            + " write curl.exe in place of curl, or -Headers @{ Authorization = \"Bearer KEY\" }. In PowerShell 7 the command is right."
        if bytes.holds("idictionary") {
            request.flaw = text
        } else {
            request.caveats.append(.init(headline: "Windows PowerShell refuses the command as it stands.", text: text))
        }
    }

    /// An option of a command line with the value that is joined to it.
    private struct Option {
        var name: String
        var value: String?

        init?(_ text: String, isCurl: Bool) {
            if text.hasPrefix("--") {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                name = String(parts[0])
                value = parts.count == 2 ? String(parts[1]) : nil
                return
            }
            name = text
            guard isCurl else { return }
            // Short options of curl may stand together; one that takes a value takes what follows.
            let letters = Array(text.dropFirst())
            for (index, letter) in letters.enumerated() where "HuXbdoAexTmwEKcDrCUyYzF".contains(letter) {
                name = "-\(letter)"
                let rest = String(letters[(index + 1)...])
                value = rest.isEmpty ? nil : rest
                return
            }
            if letters.contains("G") { name = "-G" } else if letters.contains("I") { name = "-I" }
        }
    }
}

/// The methods of HTTP that a pasted text may name.
enum Method {
    private static let all: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// Reads a method; `nil` for any other word.
    static func read(_ text: String) -> String? { all.contains(text.uppercased()) ? text.uppercased() : nil }
}
