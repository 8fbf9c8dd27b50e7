public import Foundation

/// How every document is written: one line, fields in their order, slashes as they are.
public enum Document {
    public static func data(_ document: some Encodable) throws -> Data { Data(try bytes(document)) }

    public static func text(_ document: some Encodable) throws -> String { String(decoding: try bytes(document), as: UTF8.self) }

    static func bytes(_ document: some Encodable) throws -> [UInt8] { try OrderedJSONEncoder.bytes(document) }
}
