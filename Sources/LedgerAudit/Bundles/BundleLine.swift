public import Bytes
internal import EventLog
internal import Foundation
internal import KeyEvents

/// A line of a bundle: the log, or a part of it, as one file that can be verified without the ledger.
///
/// A bundle (`keyledger-bundle/1`) is ASCII text with one JSON object per line, without blanks, the fields in this order, the lines
/// ended by LF:
///
///     {"bundle":"keyledger-bundle/1","kind":"whole","origin":…,"logId":…,"keyPrefix":…,"verifierKey":…,"size":N,"root":…,"filter":null}
///     {"checkpoint":"…"}                                     ascending by size, the last one of size N; none: nothing was ever signed
///     {"position":0,"record":"…"}                            every position below N
///     {"end":{"records":N,"sha256":"…"}}                     SHA-256, in hexadecimal, of all bytes before this line
///
/// Where `kind` is `part`, `filter` is `{"from":…,"to":…,"account":…,"key":…}` with each value or `null`; a checkpoint has
/// `"consistency":[…]`, the proof (RFC 6962 section 2.1.2) that the tree of size N begins with its tree; a record has `"proof":[…]`,
/// its audit path (section 2.1.1) in the tree of size N. The bundle of a log with features that a reader of the first version does not
/// know has version 2: its first line begins `{"bundle":"keyledger-bundle/2","requires":["…"],"kind":…` and names them. `verifierKey`
/// is `null` where the signing key was not at hand and something is not signed. A checkpoint has the origin that the log had at its
/// size: a fork, and a change of the key, give the log another origin (`LogForked`, `LogKeyChanged`), and these records are in every
/// part, whatever its filter selects. Records, roots and hashes are in base64 (RFC 4648 section 4). A part proves that its records are
/// in the log; only a whole bundle proves that no record is missing.
public enum BundleLine: Equatable, Sendable {
    /// The format of the bundle of a log that needs these features.
    static func format(requiring features: [String]) -> String { features.isEmpty ? "keyledger-bundle/1" : "keyledger-bundle/2" }
    /// The maximum length of a line, in bytes: a checkpoint with many cosignatures, escaped, is the longest line.
    public static let maxBytes = 1 << 20

    /// The first line.
    case header(BundleHeader)
    /// A checkpoint as a signed note, with its consistency proof in a part.
    case checkpoint(note: String, consistency: [Digest32]?)
    /// A record, with its inclusion proof in a part.
    case record(position: UInt64, record: [UInt8], proof: [Digest32]?)
    /// The last line: how many records the bundle holds, and the SHA-256 of all bytes before this line.
    case end(records: UInt64, sha256: Digest32)

    /// The bytes of the line, without its LF.
    var bytes: [UInt8] {
        get throws {
            // Most lines are plain records, which are written without a JSON encoder, and read without a decoder: a log of a hundred
            // million records is written as fast as it is read.
            guard case .record(let position, let record, nil) = self else { return try JSON.bytes(self, .ascii) }
            var bytes = Plain.beforePosition
            bytes += Array(String(position).utf8)
            bytes += Plain.beforeRecord
            Base64.append(record, to: &bytes)
            return bytes + Plain.end
        }
    }

    /// The texts around the two values of a plain record.
    private enum Plain {
        static let beforePosition = Array("{\"position\":".utf8)
        static let beforeRecord = Array(",\"record\":\"".utf8)
        static let end = Array("\"}".utf8)
    }

    /// Reads a line; `nil` for anything but what `bytes` gives.
    init?(_ line: ArraySlice<UInt8>) {
        if let record = Self.plainRecord(line) {
            self = record
            return
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(line)), let parsed = Self(document) else { return nil }
        self = parsed
        // A JSON decoder accepts other texts for the same line, which are refused here.
        guard let bytes = try? bytes, bytes.elementsEqual(line) else { return nil }
    }

    private static func plainRecord(_ line: ArraySlice<UInt8>) -> BundleLine? {
        guard line.starts(with: Plain.beforePosition), line.suffix(Plain.end.count).elementsEqual(Plain.end) else { return nil }
        let rest = line.dropFirst(Plain.beforePosition.count).dropLast(Plain.end.count)
        let digits = rest.prefix(while: \.isASCIIDigit)
        let text = rest.dropFirst(digits.count)
        guard (1...20).contains(digits.count), digits.first != UInt8(ascii: "0") || digits.count == 1,
            text.starts(with: Plain.beforeRecord),
            let position = UInt64(String(decoding: digits, as: UTF8.self)),
            let record = Base64.decode(text.dropFirst(Plain.beforeRecord.count))
        else { return nil }
        return .record(position: position, record: record, proof: nil)
    }

    private struct End: Codable {
        let records: UInt64
        let sha256: String
    }

    private struct Document: Decodable {
        let checkpoint: String?
        let consistency: [String]?
        let position: UInt64?
        let record: String?
        let proof: [String]?
        let end: End?
        let bundle: String?
        let requires: [String]?
        let kind: String?
        let origin: String?
        let logId: String?
        let keyPrefix: String?
        let verifierKey: String?
        let size: UInt64?
        let root: String?
        let filter: BundleHeader.Filter?
    }

    private init?(_ document: Document) {
        if let position = document.position {
            guard let record = document.record.flatMap({ Base64.decode($0) }) else { return nil }
            self = .record(position: position, record: record, proof: document.proof.flatMap(Self.hashes))
        } else if let note = document.checkpoint {
            self = .checkpoint(note: note, consistency: document.consistency.flatMap(Self.hashes))
        } else if let end = document.end {
            guard let left = Bytes16(hex: end.sha256.prefix(32)), let right = Bytes16(hex: end.sha256.dropFirst(32)),
                let sha256 = Digest32(left.bytes + right.bytes)
            else { return nil }
            self = .end(records: end.records, sha256: sha256)
        } else {
            let requires = document.requires ?? []
            guard document.bundle == Self.format(requiring: requires),
                let kind = document.kind.flatMap({ BundleHeader.Kind(rawValue: $0) }),
                let origin = document.origin, let logID = document.logId.flatMap({ Bytes16(hex: $0) }), let prefix = document.keyPrefix,
                let size = document.size, let root = document.root.flatMap({ Base64.decode($0) }).flatMap({ Digest32($0) })
            else { return nil }
            self = .header(
                BundleHeader(
                    kind: kind, origin: origin, logID: logID, keyPrefix: prefix, requires: requires, verifierKey: document.verifierKey,
                    size: size, root: root,
                    filter: document.filter))
        }
    }

    private static func hashes(_ texts: [String]) -> [Digest32]? {
        let hashes = texts.compactMap { Base64.decode($0).flatMap { Digest32($0) } }
        return hashes.count == texts.count ? hashes : nil
    }
}

extension BundleLine: Encodable {
    private enum CodingKeys: String, CodingKey {
        case checkpoint, consistency, position, record, proof, end
    }

    /// Encodes the fields in the order that the format fixes; proofs stand in parts alone.
    ///
    /// - Parameter encoder: The encoder.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        if case .header(let header) = self { return try header.encode(to: encoder) }
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .header: break
        case .checkpoint(let note, let consistency):
            try fields.encode(note, forKey: .checkpoint)
            try fields.encodeIfPresent(consistency.map(Self.texts), forKey: .consistency)
        case .record(let position, let record, let proof):
            try fields.encode(position, forKey: .position)
            try fields.encode(Base64.encode(record), forKey: .record)
            try fields.encodeIfPresent(proof.map(Self.texts), forKey: .proof)
        case .end(let records, let sha256): try fields.encode(End(records: records, sha256: sha256.hex), forKey: .end)
        }
    }

    private static func texts(_ hashes: [Digest32]) -> [String] { hashes.map { Base64.encode($0.bytes) } }
}
