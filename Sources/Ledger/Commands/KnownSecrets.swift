internal import Bytes
public import KeyEvents
internal import Projections
internal import Storage
internal import Synchronization
internal import Validation

/// Finds secrets of the ledger in a text, as only the ledger can: the random part of a secret without its prefix and environment, with
/// its checksum or without. The part is completed with the ledger's prefix and each environment that it has keys of, and the digest is
/// looked up in the validation index; no other text is taken for a secret. A secret that was imported from elsewhere is found by the
/// digest of the word that it is, whatever its shape.
struct KnownSecrets {
    /// Limits of the search, in bytes and words: a longer run is searched at its ends only.
    private static let maxRunLength = 128
    private static let maxWords = 64
    private static let wordBytes = 16...256
    private static let maxRuns = 64

    let format: SecretFormat
    let environments: Set<String>
    let isKnown: (Digest32) throws -> Bool

    func find(in bytes: Span<UInt8>) throws -> Secret? { try randomPart(in: bytes) ?? word(in: bytes) }

    /// Finds a random part alone.
    func randomPart(in bytes: Span<UInt8>) throws -> Secret? {
        for run in SecretFormat.runs(in: bytes).prefix(Self.maxRuns) where canBeRandom(bytes.extracting(run)) {
            let last = run.upperBound - SecretFormat.randomCharacters
            let starts = run.count <= Self.maxRunLength ? Array(run.lowerBound...last) : [run.lowerBound, last - 6, last]
            for start in starts {
                if let secret = try secret(bytes.extracting(start..<start + SecretFormat.randomCharacters)) { return secret }
            }
        }
        return nil
    }

    /// Whether a run can be random: 43 random characters hold both small letters and capitals, but for one case in ten thousand
    /// million.
    private func canBeRandom(_ run: Span<UInt8>) -> Bool {
        var (hasSmall, hasCapital) = (false, false)
        for index in 0..<run.count {
            hasSmall = hasSmall || run[index] >= UInt8(ascii: "a")
            hasCapital = hasCapital || run[index].isASCIIUppercase
        }
        return hasSmall && hasCapital
    }

    private func secret(_ random: Span<UInt8>) throws -> Secret? {
        for environment in environments {
            guard let secret = format.secret(environment: environment, random: random) else { return nil }
            if try isKnown(SecretFormat.digest(of: secret)) { return secret }
        }
        return nil
    }

    private func word(in bytes: Span<UInt8>) throws -> Secret? {
        var (start, words) = (0, 0)
        for index in 0...bytes.count where index == bytes.count || !isOfWord(bytes[index]) {
            defer { start = index + 1 }
            guard Self.wordBytes.contains(index - start) else { continue }
            words += 1
            guard words <= Self.maxWords else { return nil }
            let word = bytes.extracting(start..<index)
            if try isKnown(SecretFormat.digest(word)) {
                return Secret(String(decoding: (0..<word.count).map { word[$0] }, as: UTF8.self))
            }
        }
        return nil
    }

    /// Whether a byte may be part of a key of any kind: letters, digits, and the characters of base64 and tokens.
    private func isOfWord(_ byte: UInt8) -> Bool { byte.isASCIILetterOrDigit || "_-.~+/=:".utf8.contains(byte) }
}

/// The environments that a ledger has keys of. They are read again after a while, since other processes make keys too.
final class KnownEnvironments: Sendable {
    /// How long the environments are cached.
    private static let lifetime = Duration.seconds(300)

    private let known = Mutex<(names: Set<String>, readAt: MonotonicInstant)?>(nil)

    /// The environments; `read` reads all keys, which takes some tenths of a second where there are a hundred thousand.
    func names(at now: MonotonicInstant, read: () throws -> Set<String>) rethrows -> Set<String> {
        if let known = known.withLock({ $0 }), now - known.readAt < Self.lifetime { return known.names }
        return add(try read(), readAt: now)
    }

    /// Adds the environments of all keys, and returns those that are known then.
    @discardableResult
    func add(_ names: Set<String>, readAt now: MonotonicInstant) -> Set<String> {
        known.withLock { known in
            let all = names.union(known?.names ?? [])
            known = (all, now)
            return all
        }
    }

    /// The environments as far as they are known, and the default one; nothing is read.
    var knownNames: Set<String> { known.withLock { $0?.names ?? [] }.union([KeyEnvironment.default]) }

    /// Adds the environment of a key that is being made.
    func add(_ name: String) { known.withLock { _ = $0?.names.insert(name) } }
}

extension KeyCommands {
    /// Finds a key's secret in a text that must hold none, by the general rule and by what only this ledger knows. For text that is
    /// stored or shown.
    ///
    /// - Parameter text: the text of a field, as it came.
    /// - Returns: the secret that was found; `nil` where there is none.
    /// - Throws: the errors of reading the state.
    public func misplacedSecret(in text: String) throws -> MisplacedSecret? {
        guard let format = SecretFormat(prefix: ledger.prefix) else { return nil }
        return try MisplacedSecret(in: text, prefix: ledger.prefix) { try findKnown(format, $0) }
    }

    private func findKnown(_ format: SecretFormat, _ bytes: Span<UInt8>) throws -> Secret? {
        try known(format, SecretFormat.runs(in: bytes).isEmpty ? [] : environments()).find(in: bytes)
    }

    /// Finds a key's secret in a text that a machine generated, such as an address: a whole secret of any ledger, a cut or mistyped one with
    /// this ledger's prefix, and a random part that this ledger knows. What other systems generate is none, however much it looks like
    /// one. The method may be called for each request: it reads a few entries of the index at most.
    ///
    /// - Parameter text: the text, as it came.
    /// - Returns: the secret that was found; `nil` where there is none.
    /// - Throws: the errors of reading the state.
    public func misplacedSecret(inGenerated text: String) throws -> MisplacedSecret? {
        guard let format = SecretFormat(prefix: ledger.prefix) else { return nil }
        return try MisplacedSecret(in: text, isWhole: true, prefix: ledger.prefix) { bytes in
            // Hardly any address holds so long a run, and the environments need not be gathered for it.
            guard !SecretFormat.runs(in: bytes).isEmpty else { return nil }
            return try known(format, ledger.knownEnvironments.knownNames).randomPart(in: bytes)
        }
    }

    private func known(_ format: SecretFormat, _ environments: Set<String>) -> KnownSecrets {
        KnownSecrets(format: format, environments: environments) { digest in
            try ledger.noting { try ledger.validator.verdict(on: digest, at: ledger.time.now) }.code != .notFound
        }
    }

    /// Refuses a command whose fields hold a secret. All commands pass this check, whichever interface they came from and whether it
    /// checked.
    func refuseSecrets(in request: CommandJob.Request) throws {
        let others = [
            ("actor", request.caller.actor.id), ("actor", request.caller.label), ("reason", request.reason),
        ]
        for (field, text) in request.command.texts + others {
            if let text { try refuseSecret(in: text, field) }
        }
    }

    func refuseSecret(in text: String, _ field: String) throws {
        try refuse(misplacedSecret(in: text), field)
    }

    private func refuse(_ secret: MisplacedSecret?, _ field: String) throws(ServiceError) {
        if let secret { throw .refused(.secretInField(field: field, problem: secret.problem)) }
    }

    /// Makes the id of a command (`CommandID`), which must hold no secret. Machines generate it: ids of other systems that look like a
    /// secret are none.
    func commandID(_ text: String?, _ caller: Caller, content: [String], isPersonal: Bool) throws -> CommandID? {
        if let text, let format = SecretFormat(prefix: ledger.prefix) {
            let secret = try MisplacedSecret(in: text, isWhole: true, prefix: ledger.prefix) { try findKnown(format, $0) }
            try refuse(secret, "Idempotency-Key")
        }
        return try CommandID(text, caller, content: content, isPersonal: isPersonal)
    }

    /// The environments of all keys.
    func environments() throws -> Set<String> {
        try ledger.knownEnvironments.names(at: ledger.options.clock.monotonic()) { try ledger.dataKeyNeeds().environments }
    }
}

extension KeyCommand {
    /// The texts by which people and programs name things in the command, each with its field.
    fileprivate var texts: [(field: String, text: String?)] {
        func texts(_ name: String?, _ scopes: [String]?, _ metadata: [String: String]?) -> [(field: String, text: String?)] {
            let metadata = (metadata ?? [:]).sorted { $0.key < $1.key }
            return [("name", name)] + (scopes ?? []).map { ("scopes", $0) }
                + metadata.flatMap { [("metadata", $0.key), ("metadata", $0.value)] }
        }
        return switch self {
        case .create(let key): texts(key.name, key.scopes, key.metadata)
        case .change(let change): texts(change.name, change.scopes, change.metadata)
        case .revoke(let code): [("reasonCode", code)]
        case .disable, .enable, .rotate, .expire: []
        }
    }
}
