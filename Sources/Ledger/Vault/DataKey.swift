package import Bytes
internal import Crypto
internal import KeyEvents

/// The key under which the personal fields of one account are sealed.
struct DataKey {
    private static let title = "keyledger data key 1"

    let id: Bytes16
    let key: SymmetricKey

    /// The key in the lines of a data key's file; `nil` where they are of no such file.
    init?(_ lines: [Substring]) {
        guard lines.count == 3, lines[0] == Self.title, let id = Bytes16(hex: lines[1]), let key = VaultFolder.bytes32(hex: lines[2]) else {
            return nil
        }
        self.id = id
        self.key = SymmetricKey(data: key)
    }

    /// The lines of the file of a new key.
    static func newFile(_ randomness: Randomness) -> [String] {
        let id = Bytes16(high: randomness.word(), low: randomness.word())
        return [title, id.hex, Digest32(randomness.bytes(32))?.hex ?? ""]
    }

    /// Whether a file's content is what versions before this one left of a key that they were overwriting, under its own name, when they
    /// were interrupted.
    static func isOverwritten(_ bytes: [UInt8]) -> Bool { bytes.count == VaultFolder.maxFileBytes && !bytes.starts(with: title.utf8) }
}

/// What stands in the file of an account's data key.
package enum DataKeyFile: Equatable {
    /// A data key of this id.
    case dataKey(Bytes16)
    /// Something that is no data key.
    case unreadable

    package var id: Bytes16? { if case .dataKey(let id) = self { id } else { nil } }
}
