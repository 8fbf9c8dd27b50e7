/// An estimate of whether letters and digits look drawn at random, as those of a secret are, or written by a person, as in
/// `QuarterlyReport2025Final`.
///
/// Two models explain the same characters, each by which kind follows which (two Markov chains over capitals, small letters and
/// digits, of which small letters are vowels or not). At random each of the 62 is equally likely. Names consist of words: small
/// letter follows small letter, vowels alternate with consonants, capitals begin words, digits stand together. `score` says by
/// how much randomness explains the characters better, as a natural logarithm (a log-likelihood ratio). The weights of names were
/// set by words of six languages joined to names with numbers, versions and abbreviations among them.
struct RandomnessEstimate {
    private(set) var hasSmall = false
    private var hasCapitals = false
    private var score = 0.0
    private let count: Int
    /// The number of digits that follow something else or stand first.
    private var digitRuns = 0

    /// Creates the estimate.
    ///
    /// - Parameter bytes: ASCII letters and digits.
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

    /// Whether the characters look drawn at random. The shorter the text is, the higher the score must be, since names are mostly
    /// short. Of random texts of 20 characters one in seven is taken for a name, of 30 one in sixty, of all 43 one in a thousand;
    /// of names made of words one in ten thousand is taken for random.
    var looksRandom: Bool {
        hasSmall && hasCapitals && (digitRuns > 0 || count >= SecretFormat.randomCharacters) && score > 4 - 0.5 * Double(count - 20)
    }

    /// Whether the characters look drawn at random where they stand behind the prefix and the environment of an installation's own
    /// keys, behind which names are rare. Of random texts of 10 characters four in five do, of 18 nine in ten; of names made of words,
    /// numbers and abbreviations one in a hundred.
    var looksRandomBehindPrefix: Bool { hasSmall && hasCapitals && score > 2 }

    /// Whether a text whose letters were made all small, or all capital, looks drawn at random: digits are scattered over it.
    var looksRandomInOneCase: Bool { hasSmall != hasCapitals && digitRuns >= 2 }

    private enum Kind {
        case digit, capital, small

        init(_ byte: UInt8) {
            self = byte < UInt8(ascii: "A") ? .digit : byte < UInt8(ascii: "a") ? .capital : .small
        }
    }

    private mutating func add(_ first: UInt8, _ second: UInt8) {
        let (former, latter) = (Kind(first), Kind(second))
        // The weights are ln(probability at random ÷ probability in names) of the kinds; at random they are 26, 26 and 10 of 62.
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
        // The weights of vowels (6 of 26 letters at random) and consonants: they alternate with probability 0.36 at random and
        // 0.68 in words.
        score += Self.isVowel(first) != Self.isVowel(second) ? -0.65 : 0.70
    }

    private static func isVowel(_ byte: UInt8) -> Bool { "aeiouy".utf8.contains(byte | 0x20) }
}
