import Bytes
import KeyEvents
import TestSupport
import Testing

/// Random commands against `decide` and `evolve`, and against a model that knows the rules but not the code.
@Suite struct DecideModelTests {
    @Test func followsTheModel() {
        withSeed { random in
            for _ in 0..<400 {
                var model = Model()
                var state: KeyState?
                var log: [Event] = []
                var vault = Vault()
                var now = Timestamp(seconds: 1_000_000)
                for _ in 0..<30 {
                    now = now.adding(seconds: Int64.random(in: 0...40, using: &random))
                    let (command, isValid) = random.command(now: now)
                    let expected = model.run(command, isValid: isValid, now: now)
                    let decision = decide(state, vault.personal(state), command, now: now)

                    #expect(decision.events.map(\.body.type) == expected.events, "\(command)")
                    #expect(Outcome(decision.refusal) == expected.outcome, "\(command)")
                    for decided in decision.events {
                        if case .changed(let changed) = decided.body {
                            differsOnly(changed, decided.personal, state, vault.personal(state))
                        }
                        let event = Event(
                            keyID: Model.id, accountID: .operator, recordedAt: now, actor: .commandLine,
                            sealed: vault.seal(decided.personal),
                            body: decided.body)
                        let before = state
                        state = evolve(state, event, at: UInt64(log.count))
                        log.append(event)
                        #expect(before?.end == nil, "a final state was changed")
                        #expect(state?.changedPosition == UInt64(log.count - 1))
                    }
                    model.compare(state, vault.personal(state), now: now)
                    // Asking for the same again records nothing.
                    if decision.refusal == nil, !decision.events.isEmpty, state?.end == nil, !command.isIssue {
                        #expect(decide(state, vault.personal(state), command, now: now) == .noChange)
                    }
                }
                let types = log.map(\.body.type)
                #expect(types.count { $0 == "KeyExpired" } <= 1)
                if types.contains("KeyRevoked") { #expect(types.last == "KeyRevoked" && !types.contains("KeyExpired")) }
                if types.contains("KeyExpired") { #expect(types.last == "KeyExpired") }
            }
        }
    }

    private func differsOnly(_ changed: Event.Changed, _ personal: PersonalFields, _ state: KeyState?, _ before: PersonalFields) {
        guard let state else { return }
        if let scopes = changed.scopes { #expect(scopes != state.scopes) }
        if let permissions = changed.permissions { #expect(permissions != state.permissions) }
        if let expiry = changed.expiry { #expect(expiry.date != state.expiresAt) }
        if let name = personal.name { #expect(name != before.name) }
        if let metadata = personal.metadata { #expect(metadata != before.metadata ?? [:]) }
        #expect(changed != Event.Changed())
        #expect(changed.replacesName == (personal.name != nil))
        #expect(changed.replacesMetadata == (personal.metadata != nil))
    }
}

private enum Outcome: Equatable {
    case done, invalid, unknownKey, exists, revoked, expired, other

    init(_ refusal: CommandRefusal?) {
        switch refusal {
        case nil: self = .done
        case .invalid, .secretInField: self = .invalid
        case .unknownKey: self = .unknownKey
        case .keyExists: self = .exists
        case .ended(.revoked): self = .revoked
        case .ended(.expired): self = .expired
        case .ended: self = .other
        }
    }

    init(done: Bool) { self = done ? .done : .invalid }
}

/// Stands for encryption: keeps the fields, and gives a number for them.
private struct Vault {
    private var kept: [PersonalFields] = []

    mutating func seal(_ fields: PersonalFields) -> SealedFields? {
        if fields.isEmpty { return nil }
        kept.append(fields)
        return SealedFields(dataKeyID: Bytes16(high: 0, low: UInt64(kept.count - 1)), ciphertext: [])
    }

    /// The name and metadata of a state.
    func personal(_ state: KeyState?) -> PersonalFields {
        PersonalFields(
            name: open(state?.sealedName)?.name, metadata: open(state?.sealedMetadata)?.metadata,
            ipAllowlist: open(state?.sealedAllowlist)?.ipAllowlist)
    }

    private func open(_ sealed: SealedFields?) -> PersonalFields? { sealed.map { kept[Int($0.dataKeyID.low)] } }
}

/// A key as a person would keep it on paper.
private struct Model {
    static let id = KeyID(Bytes16(high: 1, low: 2))

    var exists = false
    var ended = ""
    var name = ""
    var scopes: [String] = []
    var permissions: Set<Permission> = []
    var metadata: [String: String] = [:]
    var expiry: Int64 = .max
    var disabled = false
    var networks: [String] = []
    var secrets: [Secret] = []

    struct Secret {
        let number: UInt32
        var end: Int64 = .max
        var endsWithUse = false
        var isRetired = false
    }

    /// Retires those that `which` picks; how many.
    private mutating func retire(_ which: (Secret) -> Bool) -> [String] {
        var events: [String] = []
        for index in secrets.indices where !secrets[index].isRetired && which(secrets[index]) {
            secrets[index].isRetired = true
            events.append("SecretRetired")
        }
        return events
    }

    private mutating func rotate(_ rotation: Rotation, now: Timestamp) -> [String] {
        var events = retire { $0.end <= now.microseconds }
        let live = secrets.filter { !$0.isRetired }.map(\.number)
        if rotation.olderRetires == .now {
            events += retire { _ in true }
        } else if live.count == 2 {
            events += retire { $0.number == (rotation.isNewestUsed ? live[0] : live[1]) }
        }
        for index in secrets.indices where !secrets[index].isRetired {
            // Never later than it was said before, unless that is asked for.
            if rotation.extendsGrace { (secrets[index].end, secrets[index].endsWithUse) = (.max, false) }
            if rotation.olderRetires == .whenNewerIsUsed { secrets[index].endsWithUse = true }
            if case .after(let grace) = rotation.olderRetires {
                secrets[index].end = min(secrets[index].end, now.microseconds + grace.wholeMicroseconds)
            }
        }
        secrets.append(Secret(number: (secrets.last?.number ?? 0) + 1))
        return events + ["SecretAdded"]
    }

    mutating func run(_ command: KeyCommand, isValid: Bool, now: Timestamp) -> (events: [String], outcome: Outcome) {
        if case .create(let key) = command {
            if exists { return ([], .exists) }
            if !isValid { return ([], .invalid) }
            exists = true
            name = key.name
            scopes = once(key.scopes)
            permissions = Set(key.permissions)
            metadata = key.metadata
            expiry = key.expiresAt?.microseconds ?? .max
            networks = once(key.ipAllowlist)
            secrets = [Secret(number: 1)]
            return (["KeyCreated"], .done)
        }
        if !exists { return ([], .unknownKey) }
        if ended == "revoked" {
            if case .revoke = command { return ([], .done) }
            return ([], .revoked)
        }
        let isEnding = if case .revoke = command { true } else { command == .expire }
        if ended == "expired" { return ([], isEnding ? .done : .expired) }
        if expiry <= now.microseconds {
            ended = "expired"
            return (["KeyExpired"], isEnding ? .done : .expired)
        }
        if !isValid { return ([], .invalid) }
        switch command {
        case .create:
            return ([], .done)
        case .expire:
            return (retire { $0.end <= now.microseconds }, .done)
        case .rotate(let rotation):
            return (rotate(rotation, now: now), .done)
        case .disable:
            defer { disabled = true }
            return (disabled ? [] : ["KeyDisabled"], .done)
        case .enable:
            defer { disabled = false }
            return (disabled ? ["KeyEnabled"] : [], .done)
        case .revoke:
            ended = "revoked"
            return (["KeyRevoked"], .done)
        case .change(let change):
            let before = self
            if let name = change.name { self.name = name }
            if let scopes = change.scopes { self.scopes = once(scopes) }
            if let permissions = change.permissions { self.permissions = Set(permissions) }
            if let metadata = change.metadata { self.metadata = metadata }
            if let networks = change.ipAllowlist { self.networks = once(networks) }
            if let expiry = change.expiry { self.expiry = expiry.date?.microseconds ?? .max }
            let same =
                before.name == name && before.scopes == scopes && before.permissions == permissions && before.metadata == metadata
                && before.expiry == expiry && before.networks == networks
            return (same ? [] : ["KeyChanged"], .done)
        }
    }

    func compare(_ state: KeyState?, _ personal: PersonalFields, now: Timestamp) {
        guard exists, let state else {
            #expect(!exists && state == nil)
            return
        }
        #expect(personal.name == name)
        #expect(state.scopes == scopes)
        #expect(Set(state.permissions) == permissions && state.permissions.count == permissions.count)
        #expect(personal.metadata ?? [:] == metadata)
        #expect(state.expiresAt?.microseconds ?? .max == expiry)
        #expect(state.isDisabled == disabled)
        #expect((state.sealedAllowlist == nil ? [] : personal.ipAllowlist) == networks)
        let known = secrets.filter(\.isRetired).suffix(KeyState.maxRetiredSecrets) + secrets.filter { !$0.isRetired }
        #expect(Set(state.secrets.map(\.record.id)) == Set(known.map(\.number)))
        let live = secrets.filter { !$0.isRetired && $0.end > now.microseconds }
        #expect(state.secrets.filter { $0.isLive(at: now) }.map(\.record.id) == live.map(\.number))
        #expect(live.count <= 2 && (live.count >= 1 || secrets.isEmpty))
        if let newest = state.secrets.last {
            // Also what is over by its time, where that is not recorded yet.
            let waiting = secrets.filter { !$0.isRetired && $0.endsWithUse }
            #expect(state.retiring(withUseOf: newest.record.id).count == waiting.count)
            #expect(state.retiresOlder(newest) == !waiting.isEmpty)
        }
        let status =
            ended == "revoked" ? "revoked" : ended == "expired" || expiry <= now.microseconds ? "expired" : disabled ? "disabled" : "active"
        #expect(state.status(at: now).rawValue == status)
    }

    private func once(_ scopes: [String]) -> [String] {
        var kept: [String] = []
        for scope in scopes where !kept.contains(scope) { kept.append(scope) }
        return kept
    }
}

extension KeyCommand {
    /// A secret more each time.
    fileprivate var isIssue: Bool {
        switch self {
        case .create, .rotate: true
        default: false
        }
    }
}

extension SplitMix64 {
    /// A command, and whether its fields are acceptable.
    fileprivate mutating func command(now: Timestamp) -> (KeyCommand, isValid: Bool) {
        let isValid = chance(85)
        switch Int.random(in: 0..<26, using: &self) {
        case 0..<4:
            var key = NewKey.example
            key.name = name()
            key.scopes = scopes()
            key.permissions = permissions()
            key.metadata = metadata()
            key.ipAllowlist = networks()
            if chance(40) { key.expiresAt = now.adding(seconds: Int64.random(in: 1...300, using: &self)) }
            if !isValid {
                switch Int.random(in: 0..<5, using: &self) {
                case 0: key.name = "  "
                case 1: key.environment = "LIVE"
                case 2: key.scopes.append("not a scope")
                case 3: key.metadata["k"] = "\u{0}"
                default: key.expiresAt = now.adding(seconds: -Int64.random(in: 0...300, using: &self))
                }
            }
            return (.create(key), isValid)
        case 4..<13:
            var change = KeyChange()
            if chance(40) { change.name = name() }
            if chance(40) { change.scopes = scopes() }
            if chance(40) { change.permissions = permissions() }
            if chance(40) { change.metadata = metadata() }
            if chance(30) { change.ipAllowlist = networks() }
            if chance(30) { change.expiry = chance(40) ? .never : .at(now.adding(seconds: Int64.random(in: 1...300, using: &self))) }
            if !isValid {
                switch Int.random(in: 0..<5, using: &self) {
                case 4: change.ipAllowlist = ["10.0.0.0/33"]
                case 0: change.name = String(repeating: "x", count: 10_000)
                case 1: change.scopes = ["a\nb"]
                case 2: change.metadata = ["": ""]
                default: change.expiry = .at(now)
                }
            }
            return (.change(change), isValid)
        case 13, 14: return (.disable, true)
        case 15, 16: return (.enable, true)
        case 17, 18: return (.expire, true)
        case 20...25:
            let seconds = isValid ? Int64.random(in: 0...300, using: &self) : -1
            let ends: [Rotation.OlderRetires] = isValid ? [.now, .whenNewerIsUsed, .after(.seconds(seconds))] : [.after(.seconds(seconds))]
            let digest = Digest32(bytes(32)) ?? SecretRecord.example.digest
            return (
                .rotate(Rotation(digest: digest, hint: "…", olderRetires: pick(ends), isNewestUsed: chance(50), extendsGrace: chance(30))),
                isValid
            )
        default: return (.revoke(reasonCode: isValid ? "leaked" : "NO"), isValid)
        }
    }

    /// Returns networks in their canonical notation.
    private mutating func networks() -> [String] {
        (0..<Int.random(in: 0...2, using: &self)).map { _ in pick(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]) }
    }

    private mutating func name() -> String { pick(["Mews", "Guesty", "Cloudbeds"]) }
    private mutating func scopes() -> [String] { (0..<Int.random(in: 0...3, using: &self)).map { _ in pick(["a:read", "a:*", "*"]) } }
    private mutating func metadata() -> [String: String] { chance(40) ? [:] : [pick(["k", "l"]): pick(["1", "2"])] }
}
