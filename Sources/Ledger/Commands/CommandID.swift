internal import Bytes
internal import Crypto
internal import KeyEvents

/// The name a caller gives a command so that sending it twice does it once; unique per account and who acts: a key, or a
/// person of the account.
///
/// What is remembered of a command outlives an erasure, so nothing in it tells a name or a reason to somebody who guesses it: whatever
/// holds personal text is a MAC (HMAC-SHA-256) under a key that is derived from the account's data key and goes with it.
struct CommandID: Sendable {
    package let text: String
    /// What was asked; the same id with other content is a mistake of the caller.
    private let content: [String]
    /// `content` holds personal text.
    private let isContentPersonal: Bool
    private let caller: [String]
    private let person: String?

    static let lengthLimit = 255

    /// `nil` without an id. `content` names everything that was asked for, secrets never. `isPersonal`: there is something in it that is sealed
    /// where it is recorded.
    init?(_ text: String?, _ caller: Caller, content: [String], isPersonal: Bool) throws(ServiceError) {
        guard let text else { return nil }
        guard (1...Self.lengthLimit).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid(field: "Idempotency-Key", problem: "must be 1 to \(Self.lengthLimit) printable ASCII characters without spaces.")
        }
        if let secret = MisplacedSecret(in: text, isWhole: true) {
            throw .refused(.secretInField(field: "Idempotency-Key", problem: secret.problem))
        }
        self.text = text
        self.content = content
        isContentPersonal = isPersonal
        self.caller = [caller.account.description, caller.actor.kind.rawValue, caller.actor.id, text]
        person = caller.person
    }

    /// Under which the command is remembered; `nil`: it cannot be. `secret`: of the caller's account (`Vault.fingerprintKey`).
    func key(_ secret: SymmetricKey?) -> Digest32? {
        guard let person else { return Self.digest(caller) }
        return secret.map { Self.mac(caller + [person], $0) }
    }

    /// Under which versions before remembered it.
    var olderKey: Digest32? { person.map { Self.digest(caller + [$0]) } }

    /// Under which it is remembered that some person of the account used the id, whoever it was; `nil` where the caller is none.
    var keyOfAnyPerson: Digest32? { person.map { _ in Self.digest(caller + ["", "any person"]) } }

    /// What is remembered of the content. `secret`: of the account of the key that the command was about.
    func fingerprint(_ secret: SymmetricKey?) -> Digest32 {
        if let secret { return Self.mac(content, secret) }
        return isContentPersonal ? Self.unknown : Self.digest(content)
    }

    enum Comparison {
        case same, other
        /// Whether it is the same can no longer be known.
        case unknown
    }

    /// `fingerprint`: what is remembered. Without a data key, as in versions before, it is a plain SHA-256.
    func compare(to fingerprint: Digest32, _ secret: SymmetricKey?) -> Comparison {
        if fingerprint == Self.unknown { return .unknown }
        return fingerprint == Self.digest(content) || secret.map { Self.mac(content, $0) } == fingerprint ? .same : .other
    }

    /// Stands for a content that nobody can be asked about any more.
    static let unknown = Digest32([UInt8](repeating: 0, count: 32)) ?? digest([])

    /// Each part with its length, so that no two lists run together to the same bytes.
    static func digest(_ parts: [String]) -> Digest32 {
        var hasher = SHA256()
        for part in parts { Self.framed(part) { hasher.update(data: $0) } }
        return Digest32(hasher.finalize())
    }

    private static func mac(_ parts: [String], _ secret: SymmetricKey) -> Digest32 {
        var hasher = HMAC<SHA256>(key: secret)
        for part in parts { Self.framed(part) { hasher.update(data: $0) } }
        return Digest32(Array(hasher.finalize())) ?? unknown
    }

    private static func framed(_ part: String, _ update: ([UInt8]) -> Void) {
        let bytes = Array(part.utf8)
        update(UInt64(bytes.count).bigEndianBytes)
        update(bytes)
    }
}

extension Caller {
    /// Who is told apart from others with the same actor: the operators of one host are not, whichever of them runs a script.
    fileprivate var person: String? { actor.kind == .operator ? nil : label }
}
