/// The encoding of all documents: JSON in one line, fields in their order, slashes unescaped.
public enum JSON {
    /// Encodes a document as text.
    public static func string(_ document: some Encodable) throws -> String { String(decoding: try bytes(document), as: UTF8.self) }

    /// Encodes a document as UTF-8 bytes.
    package static func bytes(_ document: some Encodable) throws -> [UInt8] { try OrderedJSONEncoder.bytes(document) }
}
