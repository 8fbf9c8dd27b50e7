/// Why a text cannot be a key, told without a lookup. The sentence says what to do and never quotes the text.
public enum SecretProblem: Equatable, Sendable {
    case empty
    case surroundingWhitespace
    case surroundingQuotes
    /// The hint that lists show, or a text with dots or stars in place of its middle.
    case abbreviated
    case wrongPrefix(expected: String)
    case badCharacter
    /// The parts are not prefix, environment and the rest, between underscores.
    case wrongShape
    case tooShort
    case tooLong
    case checksumMismatch

    public var message: String {
        switch self {
        case .empty: "The key is empty."
        case .surroundingWhitespace: "A space or line break stands before or after the key; send the key alone."
        case .surroundingQuotes: "Quotation marks stand around the key; send it without them."
        case .abbreviated: "This is the shortened form that lists show; send the complete key."
        case .wrongPrefix(let expected): "The key does not begin with \(expected)_; check that it was issued by this service."
        case .badCharacter: "The key holds a character that no key has; keys have only letters, digits and underscores."
        case .wrongShape: "The key does not have the parts of a key: prefix, environment and secret, joined by underscores."
        case .tooShort: "The key is too short; you did not send the complete key."
        case .tooLong: "The key is too long; something was added to its end."
        case .checksumMismatch: "The key's checksum does not match; it was mistyped or is incomplete."
        }
    }
}
