internal import Bytes

/// A key's secret in a text that no secret belongs in: a name, a scope, a reason, an address. It is recognised by its value
/// alone, so the result is the same in every field, on every surface, and whether or not the key is still in force.
///
/// - A *whole* secret has a checksum that matches (`SecretFormat`, with any prefix), wherever it stands in the text and however
///   it is encoded there (`SecretReadings`). That is certain: by chance it occurs once in four thousand million.
/// - What only a ledger can recognise is certain too, and is asked by `known`: the random part alone, which is worth as much as
///   the key.
/// - A *cut* or *mistyped* secret is a word with prefix and environment and 20 to 49 characters of three kinds that look drawn at
///   random (`RandomnessEstimate`), which words and abbreviations joined to a name do not; or a word of exactly a secret's shape
///   in small or capital letters alone. Random ids of machines may look the same: within a token in base64url (JWT) the rule is
///   stricter.
/// - The *beginning* of a secret with the prefix that the caller names is found by 10 such characters, in every text: hardly anything
///   else begins with the prefix of an installation.
/// - In texts that machines generate, a cut secret counts where it has the prefix that the caller names: tokens of other systems look
///   the same but for it.
public struct MisplacedSecret: Sendable {
    /// A hint that may be shown of the secret.
    public let hint: String
    /// The secret itself, where it is certain; `nil` for a cut or mistyped one.
    public let secret: Secret?

    /// Finds the first secret in a text. Most texts are scanned once and cost no memory. The result is `nil` where there is no
    /// secret.
    ///
    /// - Parameters:
    ///   - text: The text, in any encoding. What is decoded of it is together at most eight times as long as the text and four
    ///     kilobytes more.
    ///   - isWhole: Whether secrets of which less than the random part is left are ignored. That is for texts that machines
    ///     generate: addresses, tokens, ids.
    ///   - prefix: The prefix of the secrets of which less counts than of others; `nil` for none. In texts that machines generate,
    ///     no others count then but those with a checksum that matches.
    public init?(in text: String, isWhole: Bool = false, prefix: String? = nil) {
        self.init(in: text, isWhole: isWhole, prefix: prefix) { _ in nil }
    }

    /// Finds the first secret in a part of a text; see the initializer for a `String`.
    public init?(in text: Substring, isWhole: Bool = false) { self.init(in: String(text), isWhole: isWhole) }

    /// Finds the first secret in a text, including secrets that the caller can recognise. The result is `nil` where there is no
    /// secret.
    ///
    /// - Parameters:
    ///   - text: The text, in any encoding.
    ///   - isWhole: Whether secrets of which less than the random part is left are ignored.
    ///   - prefix: The prefix of the secrets of which less counts than of others; see above.
    ///   - known: Is called with the bytes of the text and of each of its readings, and returns the secret that the caller knows
    ///     to stand in them, by other means than its checksum; `nil` where there is none.
    /// - Throws: What `known` throws.
    public init?(
        in text: String, isWhole: Bool = false, prefix: String? = nil, known: (Span<UInt8>) throws -> Secret?
    ) rethrows {
        let shape = WordShape(isWhole: isWhole, prefix: prefix.map { Array($0.utf8) })
        guard text.utf8.count >= shape.minBytes, let found = try Self.find(text.utf8.span, shape, known) else { return nil }
        self = found
    }

    /// Returns whether the random part of a secret may stand in a text by itself. That is only an estimate, for texts that can as
    /// well be left out.
    ///
    /// - Parameter text: The text.
    /// - Returns: `true` where a run of 43 or more letters and digits looks drawn at random.
    public static func mayHoldRandomPart(_ text: some StringProtocol) -> Bool {
        let text = String(text)
        let bytes = text.utf8.span
        return SecretFormat.runs(in: bytes).contains { RandomnessEstimate(bytes.extracting($0)).looksRandom }
    }

    /// A clause that continues a sentence beginning with the name of a field. It shows the hint and nothing else of the secret.
    public var problem: String {
        "holds a key's secret (\(hint)), which has no place there; nothing was done. A key is named by its id: key_ and 32 hexadecimal"
            + " digits."
    }

    private init(certain secret: Secret) {
        hint = SecretFormat.hint(of: secret)
        self.secret = secret
    }

    /// Creates the finding of a cut or mistyped secret.
    ///
    /// - Parameter names: The prefix and the environment, with their underscores.
    private init(names: [UInt8]) {
        hint = String(decoding: names, as: UTF8.self) + "…"
        secret = nil
    }

    // MARK: Looking

    /// How much of a secret a word has to be.
    private struct WordShape {
        private static let minMixed = 20
        private static let minOwn = 10

        let isWhole: Bool
        /// The prefix of the secrets of which less counts than of others; `nil` for none.
        let prefix: [UInt8]?

        /// The minimum length of the text in bytes: `a_a_` and what follows.
        var minBytes: Int { 4 + (prefix == nil ? Self.minMixed : Self.minOwn) }

        /// Returns the minimum number of characters behind prefix and environment.
        ///
        /// - Parameter isOwn: Whether the prefix is the one that the caller named.
        /// - Returns: The number; `nil` where no such word counts. The whole random part is worth as much as the key: what is left
        ///   out follows from it.
        func minCount(isOwn: Bool) -> Int? {
            if isOwn { return Self.minOwn }
            guard isWhole else { return Self.minMixed }
            return prefix == nil ? SecretFormat.randomCharacters : nil
        }

        /// Returns whether bytes are the prefix.
        func isOwn(_ bytes: Span<UInt8>) -> Bool {
            guard let prefix, prefix.count == bytes.count else { return false }
            for index in prefix.indices where prefix[index] != bytes[index] { return false }
            return true
        }
    }

    private static let underscore = UInt8(ascii: "_")
    /// The maximum number of encodings that are undone one after the other.
    private static let rounds = 4

    private static func find(
        _ bytes: Span<UInt8>, _ shape: WordShape, _ known: (Span<UInt8>) throws -> Secret?
    ) rethrows -> MisplacedSecret? {
        if let found = try checked(bytes) ?? word(bytes, shape) ?? known(bytes).map(MisplacedSecret.init(certain:)) {
            return found
        }
        var room = 8 * bytes.count + 4096
        var readings = SecretReadings.of(bytes, isText: true, &room)
        for _ in 0..<rounds where !readings.isEmpty {
            var others: [SecretReadings.Reading] = []
            for reading in readings {
                let bytes = reading.bytes.span
                if let found = checked(bytes) { return found }
                if reading.isText, let found = word(bytes, shape) { return found }
                if let found = try known(bytes) { return MisplacedSecret(certain: found) }
                others += SecretReadings.of(bytes, isText: reading.isText, &room)
            }
            readings = others
        }
        return nil
    }

    /// Returns the secret whose checksum matches, whatever stands before and behind it.
    private static func checked(_ bytes: Span<UInt8>) -> MisplacedSecret? {
        var first: Int?
        for second in 0..<bytes.count where bytes[second] == underscore {
            defer { first = second }
            let end = second + 1 + SecretFormat.tailCharacters
            guard let first, end <= bytes.count, (1...16).contains(second - first - 1) else { continue }
            var start = first
            while start > 0, first - start < 16, Base62.value(bytes[start - 1]) != Base62.notADigit {
                start -= 1
                let candidate = bytes.extracting(start..<end)
                if SecretFormat.isWellFormed(candidate, prefix: nil) {
                    return MisplacedSecret(certain: Secret(String(decoding: copy(candidate), as: UTF8.self)))
                }
            }
        }
        return nil
    }

    /// Returns the word of letters, digits and two underscores that is a secret but for its checksum, or the beginning of one.
    private static func word(_ bytes: Span<UInt8>, _ shape: WordShape) -> MisplacedSecret? {
        var start = 0
        var marks: (first: Int, second: Int, count: Int) = (0, 0, 0)
        for index in 0...bytes.count {
            if index < bytes.count {
                if bytes[index] == underscore {
                    if marks.count == 0 { marks.first = index } else { marks.second = index }
                    marks.count += 1
                    continue
                }
                if Base62.value(bytes[index]) != Base62.notADigit { continue }
            }
            if marks.count == 2, isSecretLike(bytes, start, marks.first, marks.second, index, shape) {
                return MisplacedSecret(names: copy(bytes.extracting(start..<marks.second + 1)))
            }
            start = index + 1
            marks.count = 0
        }
        return nil
    }

    private static func isSecretLike(
        _ bytes: Span<UInt8>, _ start: Int, _ first: Int, _ second: Int, _ end: Int, _ shape: WordShape
    ) -> Bool {
        let length = end - second - 1
        let isOwn = shape.isOwn(bytes.extracting(start..<first))
        guard let minCount = shape.minCount(isOwn: isOwn), (minCount...SecretFormat.tailCharacters).contains(length),
            (1...16).contains(first - start),
            (1...16).contains(second - first - 1)
        else { return false }
        let estimate = RandomnessEstimate(bytes.extracting(second + 1..<end))
        guard
            estimate.looksRandom || isOwn && estimate.looksRandomBehindPrefix
                || length == SecretFormat.tailCharacters && estimate.looksRandomInOneCase
        else { return false }
        // What follows a hyphen or a dot may be a piece of base64url, in which short names occur by chance.
        let isPiece = start > 0 && (bytes[start - 1] == UInt8(ascii: "-") || bytes[start - 1] == UInt8(ascii: "."))
        func isName(_ range: Range<Int>) -> Bool {
            var name = copy(bytes.extracting(range))
            // The name may be all in capitals, or have the one that a keyboard puts at the beginning of a text.
            if !estimate.hasSmall { for index in name.indices { name[index] = name[index].asciiLowercased } }
            if range.lowerBound == start { name[0] = name[0].asciiLowercased }
            guard KeyEnvironment.isValid(String(decoding: name, as: UTF8.self)) else { return false }
            return !isPiece || (name.count >= 3 && name.allSatisfy { $0 >= UInt8(ascii: "a") })
        }
        return isName(start..<first) && isName(first + 1..<second)
    }

    private static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        for index in 0..<bytes.count { copy.append(bytes[index]) }
        return copy
    }
}
