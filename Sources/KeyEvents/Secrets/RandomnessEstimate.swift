/// Whether letters and digits look drawn by chance, as those of a secret are, or written by somebody, as in `QuarterlyReport2025Final`.
///
/// Two models explain the same characters, each by what follows what (two Markov chains over capitals, small letters and digits, of which
/// small letters are vowels or not). Chance draws each of the 62 alike. Names are of words: small letter follows small letter, vowels take
/// turns with consonants, capitals begin words, digits stand together. `score` is by how much chance explains them better, as a natural
/// logarithm (a log-likelihood ratio). The weights of names were set by words of six languages joined to names with numbers, versions and
/// abbreviations among them.
struct RandomnessEstimate {
    private(set) var hasSmall = false
    private var hasCapitals = false
    private var score = 0.0
    private let count: Int
    /// How many times a digit follows something else, or begins.
    private var digitRuns = 0

    /// `bytes`: letters and digits of ASCII.
    init(_ bytes: Span<UInt8>) {
        count = bytes.count
        var previous: UInt8?
        for index in 0..<bytes.count {
            let byte = bytes[index]
            let kind = Kind(byte)
            switch kind {
            case .small: hasSmall = true
            case .capital: hasCapitals = true
            case .digit: if previous.map({ Kind($0) != .digit }) ?? true { digitRuns += 1 }
            }
            if let previous { add(previous, byte) }
            previous = byte
        }
    }

    /// The shorter they are, the more must speak for it, since names are mostly short. Of 20 characters drawn by chance one text in seven
    /// is taken for a name, of 30 one in sixty, of all 43 one in a thousand; of names of words one in ten thousand is taken for chance.
    var looksRandom: Bool {
        hasSmall && hasCapitals && (digitRuns > 0 || count >= SecretFormat.randomCharacters) && score > 4 - 0.5 * Double(count - 20)
    }

    /// Likewise of a text whose letters were made all small, or all capital: digits are strewn over it.
    var looksRandomInOneCase: Bool { hasSmall != hasCapitals && digitRuns >= 2 }

    private enum Kind {
        case digit, capital, small

        init(_ byte: UInt8) {
            self = byte < UInt8(ascii: "A") ? .digit : byte < UInt8(ascii: "a") ? .capital : .small
        }
    }

    private mutating func add(_ first: UInt8, _ second: UInt8) {
        let (former, latter) = (Kind(first), Kind(second))
        // ln(by chance ÷ in names), of the kinds: 26, 26 and 10 of 62 by chance.
        let weight =
            switch (former, latter) {
            case (.small, .small): -1.26  // In names 0.62.
            case (.capital, .capital): 1.08  // 0.06
            case (.capital, .small): 0.23  // 0.14
            case (.small, .capital): 0.30  // 0.13
            case (.digit, .digit): -0.65  // 0.05
            case (.small, .digit): 0.81  // 0.03
            case (.digit, .capital): 1.22  // 0.02
            case (.digit, .small), (.capital, .digit): 1.91  // 0.01 each
            }
        score += weight
        guard latter == .small, former != .digit else { return }
        // Likewise, of vowels (6 of 26 letters by chance) and consonants: they take turns at 0.36 by chance, in words at 0.68.
        score += Self.isVowel(first) != Self.isVowel(second) ? -0.65 : 0.70
    }

    private static func isVowel(_ byte: UInt8) -> Bool { "aeiouy".utf8.contains(byte | 0x20) }
}
