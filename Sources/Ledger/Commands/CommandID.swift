internal import Bytes
internal import Crypto
internal import KeyEvents

/// The id that a caller gives a command so that a repeated command is carried out once (`Idempotency-Key`). It is unique per account
/// and actor: a key, or a person of the account.
///
/// What is remembered of a command outlives an erasure, so it must not confirm a guessed name or reason: everything that holds personal
/// text is a MAC (HMAC-SHA-256) under a key that is derived from the account's data key and destroyed with it.
struct CommandID: Sendable {
    /// The id as the caller wrote it.
    package let text: String
    /// The parts of what was asked; the same id with other content is an error of the caller.
    private let content: [String]
    /// Whether `content` holds personal text.
    private let isContentPersonal: Bool
    private let caller: [String]
    private let person: String?

    /// The maximum length of an id, in bytes.
    static let lengthLimit = 255

    /// Checks and makes an id; `nil` where `text` is `nil`. `content` names everything that was asked for, but never a secret.
    /// `isPersonal` says that something in it is sealed where it is recorded. Throws `ServiceError` where the text is not allowed; whether
    /// it holds a secret is asked by `KeyCommands.commandID`.
    init?(_ text: String?, _ caller: Caller, content: [String], isPersonal: Bool) throws(ServiceError) {
        guard let text else { return nil }
        guard (1...Self.lengthLimit).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid(field: "Idempotency-Key", problem: "must be 1 to \(Self.lengthLimit) printable ASCII characters without spaces.")
        }
        self.text = text
        self.content = content
        isContentPersonal = isPersonal
        self.caller = [caller.account.description, caller.actor.kind.rawValue, caller.actor.id, text]
        person = caller.person
    }

    /// The digest under which the command is remembered; `nil` where it cannot be. `secret` is the key of the caller's account
    /// (`Vault.fingerprintKey`).
    func key(_ secret: SymmetricKey?) -> Digest32? {
        guard let person else { return Self.digest(caller) }
        return secret.map { Self.mac(caller + [person], $0) }
    }

    /// The digest under which earlier versions remembered the command.
    var olderKey: Digest32? { person.map { Self.digest(caller + [$0]) } }

    /// The digest under which it is remembered that some person of the account used the id, without saying who; `nil` where the caller
    /// is no person.
    var keyOfAnyPerson: Digest32? { person.map { _ in Self.digest(caller + ["", "any person"]) } }

    /// The digest of the content that is remembered. `secret` is the key of the account of the key that the command was about.
    func fingerprint(_ secret: SymmetricKey?) -> Digest32 {
        if let secret { return Self.mac(content, secret) }
        return isContentPersonal ? Self.unknown : Self.digest(content)
    }

    /// The result of comparing a command with a remembered one.
    enum Comparison {
        case same, other
        /// Whether the contents are the same can no longer be known.
        case unknown
    }

    /// Compares the content with a remembered digest. Without a data key, and in earlier versions, that is a plain SHA-256.
    func compare(to fingerprint: Digest32, _ secret: SymmetricKey?) -> Comparison {
        if fingerprint == Self.unknown { return .unknown }
        return fingerprint == Self.digest(content) || secret.map { Self.mac(content, $0) } == fingerprint ? .same : .other
    }

    /// Stands for a content that can no longer be compared.
    static let unknown = Digest32([UInt8](repeating: 0, count: 32)) ?? digest([])

    /// A digest of the parts, each with its length, so that no two lists give the same bytes.
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
    /// The person that distinguishes callers with the same actor. The operators of one host are not distinguished, whichever of them
    /// runs a script.
    fileprivate var person: String? { actor.kind == .operator ? nil : label }
}
