/// The one writer of JSON, for documents, bundles and messages alike: one line without blanks, fields in the order in which they are
/// encoded, slashes unescaped.
public enum JSON {
    /// Which characters a text is written with.
    package enum Characters: Sendable {
        /// All of Unicode, as UTF-8.
        case unicode
        /// ASCII alone; other characters are escaped as UTF-16.
        case ascii
    }

    /// Encodes a document as text.
    ///
    /// - Parameter document: The document.
    /// - Returns: The text.
    /// - Throws: An `EncodingError` for a number that is not finite; what the document throws.
    public static func string(_ document: some Encodable) throws -> String { String(decoding: try bytes(document), as: UTF8.self) }

    /// Encodes a document as UTF-8 bytes.
    ///
    /// - Parameters:
    ///   - document: The document.
    ///   - characters: The characters that the text is written with.
    /// - Returns: The bytes.
    /// - Throws: An `EncodingError` for a number that is not finite; what the document throws.
    package static func bytes(_ document: some Encodable, _ characters: Characters = .unicode) throws -> [UInt8] {
        try OrderedJSONEncoder.bytes(document, characters)
    }

    /// Encodes a document whose last field is a list, without the elements: for a list that is written while it is read.
    ///
    /// - Parameter document: The document, with an empty list as its last field.
    /// - Returns: The texts before and after the elements, which are separated by commas.
    /// - Throws: The errors of `string`.
    package static func around(_ document: some Encodable) throws -> (before: String, after: String) {
        let text = try string(document)
        let after = "]}"
        precondition(text.hasSuffix("[" + after), "the last field is not an empty list")
        return (String(text.dropLast(after.count)), after)
    }
}
