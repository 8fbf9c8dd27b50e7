internal import Bytes

/// What a program does with a variable that stands within a text in quotation marks.
enum StringExpansion: Equatable {
    /// The text holds no variable.
    case none
    /// The variable's value is put in its place.
    case replaced
    /// The variable stays as it stands. The sentence says why, and how it would be replaced.
    case left(String)
    /// The language is not known, or another program than its own may replace the variable.
    case unknown

    /// - Parameters:
    ///   - text: The text within the quotation marks.
    ///   - quote: The quotation mark.
    ///   - letters: What stands directly before the mark, such as the `f` of `f"…"`.
    ///   - language: The language of the program, where it is known.
    init(_ text: String, quote: UInt8, letters: some Collection<UInt8>, language: ProgramLanguage?) {
        let signs = VariableSigns(text)
        guard signs.hasVariable else {
            self = .none
            return
        }
        guard !signs.isTemplate else {
            // Tools such as Postman and n8n fill them in, wherever they stand.
            self = .unknown
            return
        }
        let place = Place(
            signs: signs, quote: quote,
            hasF: letters.contains { $0.asciiLowercased == UInt8(ascii: "f") }, hasDollar: letters.contains(UInt8(ascii: "$")))
        self = language.map(place.expansion) ?? place.guess
    }

    /// The ways in which variables are written in a text.
    private struct VariableSigns {
        /// Whether the text holds `${name}`.
        var dollarBrace = false
        /// Whether the text holds `$name`.
        var dollar = false
        /// Whether the text holds `{name}`, with no other sign before it.
        var brace = false
        /// Whether the text holds `{$name}`.
        var braceDollar = false
        /// Whether the text holds `#{name}`.
        var hashBrace = false
        /// Whether the text holds `\(name)`.
        var backslash = false
        /// Whether the text holds `%s`, `%v` or `%@`.
        var percent = false
        /// Whether the text holds nothing of that but a call or a member, such as `process.env.KEY`.
        var expression = false
        /// Whether the text holds `{{name}}`.
        var isTemplate = false
        let hasVariable: Bool

        init(_ text: String) {
            hasVariable = Placeholder.holdsVariable(text)
            let bytes = Array(text.utf8)
            for index in bytes.indices {
                let next = index + 1 < bytes.count ? bytes[index + 1] : 0
                let before = index > 0 ? bytes[index - 1] : 0
                let isName = next.isASCIILetter || next == UInt8(ascii: "_")
                switch bytes[index] {
                case UInt8(ascii: "$") where next == UInt8(ascii: "{"): dollarBrace = true
                case UInt8(ascii: "$") where before == UInt8(ascii: "{"): braceDollar = true
                case UInt8(ascii: "$") where isName || next == UInt8(ascii: "("): dollar = true
                case UInt8(ascii: "{") where next == UInt8(ascii: "{"): isTemplate = true
                case UInt8(ascii: "#") where next == UInt8(ascii: "{"): hashBrace = true
                case UInt8(ascii: "{") where isName && before != UInt8(ascii: "$") && before != UInt8(ascii: "#"): brace = true
                case UInt8(ascii: "{") where (next == UInt8(ascii: "}") || next.isASCIIDigit) && before != UInt8(ascii: "$"): brace = true
                case UInt8(ascii: "\\") where next == UInt8(ascii: "("): backslash = true
                case UInt8(ascii: "%") where isName || next == UInt8(ascii: "@"): percent = true
                default: break
                }
            }
            expression = !(dollarBrace || dollar || brace || braceDollar || hashBrace || backslash || percent || isTemplate)
        }
    }

    /// A text with its marks.
    private struct Place {
        let signs: VariableSigns
        let quote: UInt8
        let hasF: Bool
        let hasDollar: Bool

        private var isDouble: Bool { quote == UInt8(ascii: "\"") }
        private var isBacktick: Bool { quote == UInt8(ascii: "`") }
        private var marks: String { isDouble ? "double quotes" : isBacktick ? "backticks" : "single quotes" }

        /// The expansion where the language is not known: only what no language leaves as it is counts as replaced.
        var guess: StringExpansion {
            if isBacktick || hasF || hasDollar { return .replaced }
            if signs.hashBrace || signs.backslash || signs.dollar || signs.dollarBrace || signs.braceDollar {
                return isDouble ? .replaced : .unknown
            }
            return .unknown
        }

        private func left(_ language: ProgramLanguage, _ remedy: String) -> StringExpansion {
            let why =
                signs.expression
                ? "An expression stands within the quotation marks: \(language.rawValue) sends it as it is written, and not the key."
                : "The variable stands in \(marks), in which \(language.rawValue) does not replace it: its name is sent and not the key."
            return .left("\(why) \(remedy)")
        }

        private func along(_ sign: String, _ remedy: String) -> StringExpansion {
            .left("The variable is replaced, but the sign \(sign) before it is sent along with the key. \(remedy)")
        }

        func expansion(_ language: ProgramLanguage) -> StringExpansion {
            switch language {
            case .javaScript:
                if isBacktick, signs.dollarBrace { return .replaced }
                if signs.percent { return .unknown }
                return left(.javaScript, "Write it in backticks, with a dollar sign and braces: `Bearer ${key}`.")
            case .python:
                if hasF, signs.dollarBrace { return along("$", "Write f\"Bearer {key}\".") }
                if hasF, signs.brace { return .replaced }
                if signs.percent { return .unknown }
                return left(.python, "Put an f before the quotation mark, and braces around the name: f\"Bearer {key}\".")
            case .php:
                if isDouble, signs.dollar || signs.dollarBrace || signs.braceDollar { return .replaced }
                if signs.percent { return .unknown }
                return left(
                    .php, "Write it in double quotes, with a dollar sign: \"Bearer $key\"; or join it with a point: 'Bearer ' . $key.")
            case .ruby:
                if isDouble, signs.hashBrace { return .replaced }
                if signs.percent { return .unknown }
                return left(.ruby, "Write it in double quotes, with a number sign and braces: \"Bearer #{key}\".")
            case .java:
                return signs.percent ? .unknown : left(.java, "Join the texts with a plus: \"Bearer \" + key.")
            case .cSharp:
                if hasDollar, signs.dollarBrace { return along("$", "Write $\"Bearer {key}\".") }
                if hasDollar, signs.brace { return .replaced }
                return signs.percent ? .unknown : left(.cSharp, "Put a dollar sign before the quotation mark: $\"Bearer {key}\".")
            case .go: return left(.go, "Join the texts with a plus: \"Bearer \" + key.")
            case .powerShell:
                if isDouble, signs.dollar || signs.dollarBrace { return .replaced }
                return left(.powerShell, "Write it in double quotes, with a dollar sign: \"Bearer $key\".")
            case .kotlin:
                if isDouble, signs.dollar || signs.dollarBrace { return .replaced }
                return left(.kotlin, "Write it with a dollar sign: \"Bearer $key\".")
            case .dart:
                if signs.dollar || signs.dollarBrace { return .replaced }
                return left(.dart, "Write it with a dollar sign: 'Bearer $key'.")
            case .swift:
                if signs.backslash { return .replaced }
                return signs.percent ? .unknown : left(.swift, "Write it with a backslash and parentheses: \"Bearer \\(key)\".")
            case .rust: return left(.rust, "Use format!(\"Bearer {key}\").")
            }
        }
    }
}
