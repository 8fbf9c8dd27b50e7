internal import Bytes

/// What stands for a key before a program, or a person, puts the key in its place.
enum Placeholder {
    private static let nothing: Set<String> = [
        "undefined", "null", "none", "nil", "nan", "(null)", "<null>", "false", "true", "[object object]", "[object", "nothing",
    ]
    private static let hidden: Set<String> = [
        "[redacted]", "<redacted>", "redacted", "[filtered]", "[hidden]", "<hidden>", "[secret]", "<secret>", "(hidden)", "xxx",
    ]

    static func isNothing(_ text: String) -> Bool { nothing.contains(text.lowercased()) }

    /// Why a text is not a key but stands for one; `nil` for any other text.
    static func problem(_ text: String) -> String? {
        let text = text.trimmingWhiteSpace
        guard text.utf8.count <= 120 else { return nil }
        let lower = text.lowercased()
        if lower.hasPrefix("[object") {
            return "“[object Object]” was sent in place of the key: the program put an object into the header and not a text."
        }
        if let printed = printedValue(lower) { return printed }
        if isNothing(text) {
            return
                "The program sent its word for “no value” (such as undefined, null or None) in place of the key: its variable has no value."
        }
        if hidden.contains(lower) || hidden.contains(where: { $0.utf8.count > 7 && lower.hasSuffix($0) }) {
            return "The key is hidden (redacted) in what you pasted. If that was sent, put the real key in."
        }
        if holdsVariable(text) {
            return
                "A variable stands there in place of the key. If this was sent as it stands, its name was sent and not its value: see"
                + " whether the variable is set, and whether it is written as this program wants it."
        }
        if isExample(text, lower) { return "A placeholder stands there in place of the key. Put your own key in its place." }
        return nil
    }

    /// What programs write in the place of a value that is no text, with what it was.
    private static let printed: [(String, String)] = [
        ("system.security.securestring", "System.Security.SecureString: PowerShell hides such a text, and puts this name in its place"),
        ("system.", "the name of a type (System.…): the program put an object into the header"),
        ("java.lang.", "the name of an object (java.lang.…)"), ("[ljava.", "the name of an array"),
        ("[function", "a function and not its result"),
        ("<function", "a function and not its result"), ("function", "a function and not its result"),
        ("async ", "a function and not its result"),
        ("<bound method", "a function and not its result"), ("<coroutine", "a coroutine that was not awaited"),
        ("#<", "the name of an object"),
        ("<built-in", "a function and not its result"), ("array", "an array"), ("hashtable", "a table"),
        ("() =>", "a function and not its result"),
    ]

    private static func printedValue(_ lower: String) -> String? {
        guard let (_, what) = printed.first(where: { isPrinted(lower, $0.0) }) else { return nil }
        return "The program sent \(what), and not the key. Give it the key itself, as a text."
    }

    private static func isPrinted(_ lower: String, _ beginning: String) -> Bool {
        guard lower.hasPrefix(beginning) else { return false }
        // A plain word is more than the name of a kind only where it stands alone, or before a parenthesis.
        guard beginning.utf8.last?.isASCIILetter ?? false, !beginning.contains("."), !beginning.hasPrefix("<"), !beginning.hasPrefix("[")
        else {
            return true
        }
        let next = lower.utf8.dropFirst(beginning.utf8.count).first
        return next == nil || next == UInt8(ascii: "(") || next == .space && beginning == "function"
    }

    /// Whether a text holds `$KEY`, `${KEY}`, `%KEY%`, `{{key}}`, `{key}`, `#{key}`, `%s`, `process.env.KEY` and the like.
    static func holdsVariable(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            let isName = next.isASCIILetter || next == UInt8(ascii: "_")
            switch bytes[index] {
            case UInt8(ascii: "$") where isName || next == UInt8(ascii: "{") || next == UInt8(ascii: "("): return true
            case UInt8(ascii: "{")
            where (isName || next == UInt8(ascii: "{") || next == .space || next == UInt8(ascii: "}"))
                && bytes[index...].contains(UInt8(ascii: "}")):
                return true
            case UInt8(ascii: "%") where next == UInt8(ascii: "s") || next == UInt8(ascii: "@") || next == UInt8(ascii: "v"): return true
            case UInt8(ascii: "%") where isName:
                let end = bytes.skip(from: index + 1) { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
                if end < bytes.count, bytes[end] == UInt8(ascii: "%") { return true }
            case UInt8(ascii: "\\") where next == UInt8(ascii: "("): return true
            default: break
            }
        }
        return bytes.indices.contains { index in
            switch bytes[index].asciiLowercased {
            case UInt8(ascii: "p"): bytes.has("process.env", at: index)
            case UInt8(ascii: "o"): bytes.has("os.environ", at: index)
            case UInt8(ascii: "g"): bytes.has("getenv(", at: index)
            case UInt8(ascii: "e"): bytes.has("env[", at: index) || bytes.has("env(", at: index)
            case UInt8(ascii: "s"): bytes.has("secrets.", at: index)
            case UInt8(ascii: "i"): bytes.has("import.meta", at: index)
            default: false
            }
        }
    }

    /// Whether a text reads like an example: in angle brackets, or of words such as YOUR and KEY.
    private static func isExample(_ text: String, _ lower: String) -> Bool {
        let isBracketed =
            text.hasPrefix("<") && text.hasSuffix(">") || text.hasPrefix("[") && text.hasSuffix("]")
            || text.hasPrefix("{") && text.hasSuffix("}")
            || text.hasPrefix("‹") || text.hasPrefix("«")
        if isBracketed, text.utf8.count <= 60, !text.utf8.contains(UInt8(ascii: "*")) {
            return lower.utf8.split(whereSeparator: { !$0.isASCIILetterOrDigit }).allSatisfy { $0.count <= 20 }
        }
        if text == "…" || text == "..." { return true }
        let words = lower.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        guard !words.isEmpty, words.count <= 8, words.allSatisfy({ $0.utf8.count <= 20 }) else { return false }
        let isSample = words.contains {
            ["your", "my", "example", "sample", "placeholder", "insert", "changeme", "todo", "here", "replace"].contains($0)
        }
        let isWord = words.allSatisfy {
            [
                "api", "key", "apikey", "token", "secret", "the", "bearer", "access", "value", "string", "x", "xx", "xxx", "xxxx",
                "listings", "lhql", "live", "test", "prod", "auth",
            ].contains($0)
                || $0.utf8.allSatisfy { $0 == UInt8(ascii: "x") }
        }
        return isSample || isWord || ["yourapikey", "yourkey", "yourtoken", "myapikey", "mykey"].contains(where: lower.contains)
    }
}
