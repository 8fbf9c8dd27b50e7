package import Bytes
internal import Crypto
internal import KeyEvents

/// The key under which the personal fields of one account are sealed.
struct DataKey {
    private static let title = "keyledger data key 1"

    let id: Bytes16
    let key: SymmetricKey

    /// Reads the key from the lines of a data key's file. The result is `nil` where the lines are not those of such a file.
    init?(_ lines: [Substring]) {
        guard lines.count == 3, lines[0] == Self.title, let id = Bytes16(hex: lines[1]), let key = VaultFolder.bytes32(hex: lines[2]) else {
            return nil
        }
        self.id = id
        self.key = SymmetricKey(data: key)
    }

    /// Returns the lines of a file with a new key.
    static func newFile(_ randomness: Randomness) -> [String] {
        let id = Bytes16(high: randomness.word(), low: randomness.word())
        return [title, id.hex, Digest32(randomness.bytes(32))?.hex ?? ""]
    }

    /// Returns whether a file's content is what earlier versions left behind when they were interrupted while they overwrote a key
    /// under its own name.
    static func isOverwritten(_ bytes: [UInt8]) -> Bool { bytes.count == VaultFolder.maxFileBytes && !bytes.starts(with: title.utf8) }
}

/// The content of the file of an account's data key.
package enum DataKeyFile: Equatable {
    /// The file holds a data key with this id.
    case dataKey(Bytes16)
    /// The file holds something that is not a data key.
    case unreadable

    package var id: Bytes16? { if case .dataKey(let id) = self { id } else { nil } }
}
