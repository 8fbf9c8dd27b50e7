internal import Bytes
internal import Crypto
internal import KeyEvents

/// Writes the lines of a bundle, and passes them on in large pieces.
struct BundleWriter {
    private static let pieceBytes = 1 << 20

    private let sink: ([UInt8]) throws -> Void
    private var piece: [UInt8] = []
    private var hasher = SHA256()
    private var records: UInt64 = 0

    init(sink: @escaping ([UInt8]) throws -> Void) { self.sink = sink }

    mutating func write(_ line: BundleLine) throws {
        if case .record = line { records += 1 }
        piece += try line.bytes
        piece.append(UInt8(ascii: "\n"))
        if piece.count >= Self.pieceBytes { try flush() }
    }

    /// Writes the end line.
    mutating func finish() throws {
        try flush()
        let end = BundleLine.end(records: records, sha256: Digest32(hasher.finalize()))
        try sink(try end.bytes + [UInt8(ascii: "\n")])
    }

    private mutating func flush() throws {
        hasher.update(data: piece)
        try sink(piece)
        piece = []
    }
}
