internal import Crypto
internal import EventLog
internal import KeyEvents

/// The name a caller gives a command so that sending it twice does it once; unique per account and who acts: a key, or a
/// person of the account.
struct CommandID: Sendable {
    let text: String
    /// Under which the command is remembered.
    let key: Digest32
    /// What was asked; the same id with other content is a mistake of the caller.
    let content: Digest32

    static let lengthLimit = 255

    /// `nil` without an id. `content` names everything that was asked for, secrets never.
    init?(_ text: String?, _ caller: Caller, content: [String]) throws(ServiceError) {
        guard let text else { return nil }
        guard (1...Self.lengthLimit).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid(field: "Idempotency-Key", problem: "must be 1 to \(Self.lengthLimit) printable ASCII characters without spaces.")
        }
        if let secret = MisplacedSecret(in: text, isWhole: true) {
            throw .refused(.secretInField(field: "Idempotency-Key", problem: secret.problem))
        }
        self.text = text
        key = Self.digest(
            [caller.account.description, caller.actor.kind.rawValue, caller.actor.id, text] + (caller.person.map { [$0] } ?? []))
        self.content = Self.digest(content)
    }

    /// Each part with its length, so that no two lists run together to the same bytes.
    static func digest(_ parts: [String]) -> Digest32 {
        var hasher = SHA256()
        for part in parts {
            let bytes = Array(part.utf8)
            hasher.update(data: UInt64(bytes.count).bigEndianBytes)
            hasher.update(data: bytes)
        }
        return Digest32(hasher.finalize())
    }
}

extension Caller {
    /// Who is told apart from others with the same actor: the operators of one host are not, whichever of them runs a script.
    fileprivate var person: String? { actor.kind == .operator ? nil : label }
}
