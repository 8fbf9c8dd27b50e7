public import Foundation

/// How every document is written: one line, slashes as they are.
public enum Document {
    public static func data(_ document: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return try encoder.encode(document)
    }

    public static func text(_ document: some Encodable) throws -> String {
        String(decoding: try data(document), as: UTF8.self)
    }
}
