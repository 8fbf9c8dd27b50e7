internal import Bytes
internal import Foundation
internal import KeyEvents

/// What a text is that was sent, or meant, as a key. Its sentences never quote the text.
struct KeyText: Equatable {
    enum Kind: Equatable {
        /// A whole key of this service.
        case whole
        /// A key of this service with a fault.
        case faulty
        /// The id of a key of this service.
        case id(KeyID)
        /// What stands for a key before it is filled in, or for one that is hidden.
        case placeholder
        /// Something else.
        case foreign
    }

    let kind: Kind
    /// What is wrong; `nil` for a whole key.
    let problem: String?
    /// The key that was meant, where it can be told.
    let key: String?

    private init(_ kind: Kind, _ problem: String?, key: String? = nil) {
        self.kind = kind
        self.problem = problem
        self.key = key
    }

    /// Judges a text. `prefix` is that of the service's keys.
    init(_ text: String, prefix: String) {
        if SecretFormat.isWellFormed(text.utf8.span, prefix: prefix.utf8.span) {
            self.init(.whole, nil, key: text)
        } else {
            let inner = StrayCharacter.trimmed(text)
            self =
                Self.empty(text) ?? Self.wrapped(text, prefix) ?? Self.id(inner) ?? Self.surrounded(text, prefix)
                ?? Self.abbreviated(inner, prefix) ?? Placeholder.problem(inner).map { .init(.placeholder, $0) } ?? Self.recased(
                    inner, prefix)
                ?? Self.cut(inner, prefix) ?? OtherProduct.problem(inner).map { .init(.foreign, $0) } ?? Self.unlike(inner, prefix)
        }
    }

    /// Whether a text holds what programs replace by the value of a variable.
    static func holdsVariable(_ text: String) -> Bool { Placeholder.holdsVariable(text) }

    /// Whether a text is a program's word for no value.
    static func isNothing(_ text: String) -> Bool { Placeholder.isNothing(text) }

    // MARK: Kinds

    private static func empty(_ text: String) -> KeyText? {
        text.trimmingWhiteSpace.isEmpty
            ? .init(.placeholder, "There is no key: the value is empty. See whether the program has been given one.") : nil
    }

    /// A key with characters in it or around it that do not belong to it and can be taken away.
    private static func wrapped(_ text: String, _ prefix: String) -> KeyText? {
        var kept = String.UnicodeScalarView()
        var removed: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if StrayCharacter.isStray(scalar) { removed.append(scalar) } else { kept.append(scalar) }
        }
        var plain = String(kept)
        let isMail = text.contains("=\n") || text.contains("=\r\n")
        if isMail { plain = plain.replacing("=", with: "") }
        guard let first = removed.first, hasPrefix(plain, prefix) || isMail else { return nil }
        let problem = isMail ? StrayCharacter.mailBreak : StrayCharacter.problem(of: first, atEnd: text.unicodeScalars.last == first)
        let rest = KeyText(plain, prefix: prefix)
        return .init(.faulty, problem, key: rest.key)
    }

    private static func id(_ text: String) -> KeyText? {
        guard let id = KeyID(text.lowercased()) else { return nil }
        return .init(.id(id), "This is the ID of a key, not the key itself. The key was shown once, when it was created.")
    }

    private static func abbreviated(_ text: String, _ prefix: String) -> KeyText? {
        guard hasPrefix(text, prefix) || text.utf8.count < 80 else { return nil }
        if text.contains("*") || text.contains("•") || text.contains("●") {
            return .init(
                .placeholder,
                "A part of the key is masked with stars, as logs and tools show it. Only the whole key is a key; if stars were"
                    + " sent, put the real one in."
            )
        }
        if hasPrefix(text, prefix), text.contains("…") || text.contains("..") {
            // A hint has nothing of the key's random part but its last characters.
            let beginning = text.prefix { $0 != "…" && $0 != "." }
            guard beginning.utf8.last == UInt8(ascii: "_") || text.utf8.count - prefix.utf8.count < 16 else {
                return .init(
                    .faulty,
                    "The key is cut, and dots stand in the place of the rest, as logs and tools show long values. Whether the whole key was sent"
                        + " cannot be seen from that; if this was sent, send the complete key.")
            }
            return .init(
                .placeholder,
                "This is the shortened form of a key (its hint), as lists show it. Send the complete key, as it was shown once.")
        }
        let tail = text.utf8.drop { $0 != UInt8(ascii: "_") }
        if hasPrefix(text, prefix), tail.split(separator: UInt8(ascii: "_")).last.map({ $0.count > 3 && Set($0).count == 1 }) ?? false {
            return .init(.placeholder, "This is a placeholder for a key, as examples have it. Put the real key in its place.")
        }
        return nil
    }

    /// A whole key with more around it, or in another encoding.
    private static func surrounded(_ text: String, _ prefix: String) -> KeyText? {
        guard let key = MisplacedSecret(in: text)?.secret?.reveal() else { return nil }
        guard key.hasPrefix(prefix + "_") else {
            if text != key, let range = text.range(of: key), text[..<range.lowerBound].hasSuffix(prefix) { return nil }
            return .init(
                .foreign, "This is a key of another installation: keys of this service begin with \(prefix)_.")
        }
        guard let range = text.range(of: key) else {
            if text.utf8.contains(UInt8(ascii: "%")) {
                return .init(.faulty, "The key is percent-encoded, as in an address. Send it as it is.", key: key)
            }
            return .init(.faulty, "The key is encoded (in base64 or by other means). Send it as it is, without encoding it.", key: key)
        }
        let (before, after) = (text[..<range.lowerBound], text[range.upperBound...])
        if after.contains(key) || before.contains(key) {
            return .init(.faulty, "The key stands there twice in a row: it was pasted two times. Send it once.", key: key)
        }
        if before.hasSuffix("_"), before.lowercased().hasPrefix(prefix) {
            return .init(.faulty, "The beginning of the key, \(prefix)_…_, stands there twice. Send it once.", key: key)
        }
        let wrapper = before.lowercased().trimmingWhiteSpace
        if let (_, what) = wrappers.first(where: { wrapper.hasPrefix($0.0) }) {
            return .init(.faulty, "The key stands within \(what), and was sent with it. Send the key alone.", key: key)
        }
        return .init(.faulty, StrayCharacter.problem(before: String(before), after: String(after)), key: key)
    }

    /// The beginnings of what programs write around a text that they show with its type.
    private static let wrappers: [(String, String)] = [
        ("optional(", "Optional(…), as Swift shows a value that may be missing"),
        ("some(", "Some(…), as programs show a value that may be missing"),
        ("b'", "b'…', as Python shows bytes: decode them first"), ("b\"", "b\"…\", as Python shows bytes: decode them first"),
        ("['", "the brackets of a list: take the text out of the list"), ("[\"", "the brackets of a list: take the text out of the list"),
        ("(convertto-securestring", "the command ConvertTo-SecureString, which makes no text of it"),
        ("convertto-securestring", "the command ConvertTo-SecureString, which makes no text of it"),
        ("$(convertto-securestring", "the command ConvertTo-SecureString, which makes no text of it"),
    ]

    /// A key in whose letters capitals were changed.
    private static func recased(_ text: String, _ prefix: String) -> KeyText? {
        let parts = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard parts.count == 3, hasPrefix(text, prefix), let tail = parts.last, tail.allSatisfy(\.isASCIILetterOrDigit) else { return nil }
        let lowered = text.prefix(text.utf8.count - tail.count).lowercased() + String(Substring(tail))
        if lowered != text, SecretFormat.isWellFormed(lowered.utf8.span, prefix: prefix.utf8.span) {
            return .init(
                .faulty, "The beginning of the key has a capital letter, which a keyboard or a program put there. Keys are case-sensitive.",
                key: lowered)
        }
        guard tail.count >= 20 else { return nil }
        let hasSmall = tail.contains(where: \.isASCIILowercase)
        let hasCapitals = tail.contains(where: \.isASCIIUppercase)
        guard hasSmall != hasCapitals else { return nil }
        return .init(
            .faulty,
            hasSmall
                ? "Capital letters were lost: all letters of the key are small ones. Keys are case-sensitive. Copy the key"
                    + " again, and send it unchanged."
                : "The key was turned into capital letters. Keys are case-sensitive. Copy the key again, and send it unchanged.")
    }

    /// A key of which a part is missing, or that is mistyped.
    private static func cut(_ text: String, _ prefix: String) -> KeyText? {
        if hasPrefix(text, prefix) {
            let again = "Copy the whole key again; if nobody has it any more, create a new one."
            let parts = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
            guard parts.count == 3, let tail = parts.last, tail.allSatisfy(\.isASCIILetterOrDigit) else {
                guard parts.count == 2 else { return nil }
                return .init(.faulty, "The key is cut: almost all of it is missing. " + again)
            }
            let missing = 49 - tail.count
            if missing > 0 {
                return .init(
                    .faulty,
                    "The key is cut: \(missing) \(missing == 1 ? "character is" : "characters are") missing, probably at its end. " + again)
            }
            if missing < 0 {
                return .init(
                    .faulty, "The key is too long: \(-missing) \(missing == -1 ? "character was" : "characters were") added to it. " + again
                )
            }
            return .init(
                .faulty, "The key is mistyped: its length is right, and its checksum does not match. Copy it instead of typing it.")
        }
        // A whole key is told by its checksum, however much of the beginning is missing up to the random part.
        let tail = String(text.split(separator: "_").last ?? "")
        guard tail.utf8.count == 49, tail.utf8.allSatisfy(\.isASCIILetterOrDigit), text.utf8.allSatisfy(\.isOfName) else { return nil }
        for environment in ["live", "test"] {
            let whole = "\(prefix)_\(environment)_\(tail)"
            if whole.hasSuffix(text), SecretFormat.isWellFormed(whole.utf8.span, prefix: prefix.utf8.span) {
                return .init(
                    .faulty, "The beginning of the key is missing: it begins with \(prefix)_\(environment)_. Send the whole key.",
                    key: whole)
            }
        }
        return nil
    }

    private static func unlike(_ text: String, _ prefix: String) -> KeyText {
        let bytes = text.utf8
        if (30...60).contains(bytes.count), bytes.allSatisfy(\.isASCIILetterOrDigit),
            MisplacedSecret.mayHoldRandomPart(text) || bytes.count < 49
        {
            return .init(
                .foreign,
                "This does not begin like a key of this service. Keys begin with \(prefix)_; perhaps the beginning was cut off,"
                    + " or it is the key of another product."
            )
        }
        return .init(.foreign, "This is no key of this service: keys begin with \(prefix)_.")
    }

    private static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
        Array(text.utf8.prefix(prefix.utf8.count + 1)).has(prefix + "_", at: 0)
    }
}
