/// The reason why a text cannot be a key, which is found without a lookup. The sentence says what to do and never quotes the
/// text.
public enum SecretProblem: Equatable, Sendable {
    /// The text is empty, or white space alone.
    case empty
    /// White space stands before or after the key.
    case surroundingWhitespace
    /// A quotation mark stands before or after the key.
    case surroundingQuotes
    /// The text is the hint that lists show, or has dots or stars in place of its middle.
    case abbreviated
    /// The text does not begin with the expected prefix.
    case wrongPrefix(expected: String)
    /// The text holds a character that no key has.
    case badCharacter
    /// The parts are not prefix, environment and the rest, between underscores.
    case wrongShape
    /// The part after the environment is too short.
    case tooShort
    /// The part after the environment is too long.
    case tooLong
    /// The shape is right and the checksum is not.
    case checksumMismatch

    /// A sentence for the person who sent the text.
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
