/// How every document is written: one line, fields in their order, slashes as they are.
public enum Document {
    public static func text(_ document: some Encodable) throws -> String { String(decoding: try bytes(document), as: UTF8.self) }

    static func bytes(_ document: some Encodable) throws -> [UInt8] { try OrderedJSONEncoder.bytes(document) }
}
