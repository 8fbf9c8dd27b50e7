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
        var bytes: [UInt8] = []
        switch self {
        case .header(let header):
            bytes = Array(header.text.utf8)
        case .checkpoint(let note, let consistency):
            bytes = Array("{\"checkpoint\":\(Self.quoted(note))".utf8)
            Self.append(consistency, as: "consistency", to: &bytes)
        case .record(let position, let record, let proof):
            bytes = Array("{\"position\":\(position),\"record\":\"".utf8)
            Base64.append(record, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
            Self.append(proof, as: "proof", to: &bytes)
        case .end(let records, let sha256):
            return Array("{\"end\":{\"records\":\(records),\"sha256\":\"\(sha256.hex)\"}}".utf8)
        }
        if case .header = self { return bytes }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private static func append(_ hashes: [Digest32]?, as name: String, to bytes: inout [UInt8]) {
        guard let hashes else { return }
        bytes += Array(",\"\(name)\":[".utf8)
        for (index, hash) in hashes.enumerated() {
            bytes += Array((index == 0 ? "\"" : ",\"").utf8)
            Base64.append(hash.bytes, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Reads a line; `nil` for anything but what `bytes` gives.
    init?(_ line: ArraySlice<UInt8>) {
        // Most lines are plain records, which are read without a JSON decoder.
        if let record = Self.plainRecord(line) {
            self = record
            return
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(line)), let parsed = Self(document) else { return nil }
        self = parsed
        // A JSON decoder accepts other texts for the same line, which are refused here.
        guard bytes.elementsEqual(line) else { return nil }
    }

    private static func plainRecord(_ line: ArraySlice<UInt8>) -> BundleLine? {
        let (before, between, after) = (Array("{\"position\":".utf8), Array(",\"record\":\"".utf8), Array("\"}".utf8))
        guard line.starts(with: before), line.suffix(2).elementsEqual(after) else { return nil }
        let rest = line.dropFirst(before.count).dropLast(2)
        let digits = rest.prefix(while: \.isASCIIDigit)
        let text = rest.dropFirst(digits.count)
        guard (1...20).contains(digits.count), digits.first != UInt8(ascii: "0") || digits.count == 1, text.starts(with: between),
            let position = UInt64(String(decoding: digits, as: UTF8.self)), let record = Base64.decode(text.dropFirst(between.count))
        else { return nil }
        return .record(position: position, record: record, proof: nil)
    }

    private struct Document: Decodable {
        struct End: Decodable {
            let records: UInt64
            let sha256: String
        }

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

    /// A JSON string in ASCII.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: quoted += "\\\""
            case 0x5C: quoted += "\\\\"
            case 0x0A: quoted += "\\n"
            case 0x20...0x7E: quoted.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default: quoted += "\\u" + unit.hex
            }
        }
        return quoted + "\""
    }
}
