import Bytes

@testable import KeyEvents

/// A span cannot stand within `#expect`, whose macro keeps its arguments. These take arrays and text.
extension EventHeader {
    init?(record: [UInt8]) { self.init(record.span) }
}

extension UseSummary {
    init?(record: [UInt8]) { self.init(record.span) }
}

extension Scope {
    static func permits(_ held: String, _ asked: String) -> Bool { permits(held: held.utf8.span, asked: asked.utf8.span) }
}

extension SecretFormat {
    static func isWellFormed(_ bytes: [UInt8], _ prefix: String? = nil) -> Bool {
        guard let prefix else { return isWellFormed(bytes.span, prefix: nil) }
        return isWellFormed(bytes.span, prefix: prefix.utf8.span)
    }

    static func digest(_ bytes: [UInt8]) -> Digest32 { digest(bytes.span) }
}

extension CRC32 {
    static func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 { checksum(bytes.span, range) }
}
