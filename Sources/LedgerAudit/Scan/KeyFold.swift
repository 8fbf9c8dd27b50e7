internal import Bytes
internal import EventLog
internal import KeyEvents

/// The fold of one key's events, now and at every earlier position, kept small: a log may hold a million keys.
///
/// Each state is stored packed, without what no rule needs (what is sealed, digests, hints), and unpacked to a `KeyState`
/// whenever a rule is applied. So the rules are those of `evolve`, `decide` and `KeyState.refusal`, and are not repeated here.
struct KeyFold {
    /// What a key is from one position on, up to the beginning of the next span.
    private struct Span {
        let from: UInt64
        let profile: KeyProfile
        let secrets: [KeySecret]
        /// When the key expires; `Int64.max` microseconds where it never does.
        let expiresAt: Timestamp
        let isDisabled: Bool
        let end: KeyState.Status?
    }

    let createdPosition: UInt64
    private let id: KeyID
    private var current: Span
    private var earlier: [Span] = []
    /// The number of the secret that is accepted in the current state and whose use ends no other secret; 0 where there is none.
    private var plainSecret: UInt32
    /// The question that was last permitted in the current state.
    private var permittedUseCheck: UInt32 = 0
    /// The position of the first event after which nothing may follow.
    private(set) var endPosition: UInt64 = .max

    init(_ state: KeyState, _ profiles: inout KeyProfiles) {
        id = state.id
        createdPosition = state.createdPosition
        current = Self.pack(state, &profiles)
        plainSecret = Self.plainSecret(state)
    }

    var accountID: AccountID { current.profile.accountID }
    var isEnded: Bool { endPosition != .max }
    var isExpiryRecorded: Bool { current.end == .expired }

    /// The state after the last event.
    var state: KeyState { unpack(current) }

    /// Returns the state after the events up to `position`; `nil` before the first.
    func state(at position: UInt64) -> KeyState? {
        if position >= current.from { return unpack(current) }
        var (low, high) = (0, earlier.count)
        while low < high {
            let middle = (low + high) / 2
            if earlier[middle].from <= position { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : unpack(earlier[low - 1])
    }

    /// Returns whether an accepted use is one of the common case: of the key in its current state, with its one secret, and with
    /// the check that was last permitted. `false` says nothing.
    func plainlyAccepts(_ use: ScannedUse, at time: Timestamp) -> Bool {
        plainSecret != 0 && use.secretID == plainSecret && use.decidedAtPosition >= current.from && use.useCheck == permittedUseCheck
            && time < current.expiresAt && use.account == current.profile.accountID
    }

    /// Stores that the current state permits a question.
    mutating func remember(permitted useCheck: UInt32, decidedAt position: UInt64) {
        if position >= current.from { permittedUseCheck = useCheck }
    }

    /// Adds a state.
    ///
    /// - Parameters:
    ///   - state: The state after the event at `position`.
    ///   - position: The position of the event.
    ///   - profiles: The profiles of all keys.
    mutating func advance(to state: KeyState, at position: UInt64, _ profiles: inout KeyProfiles) {
        guard state.changedPosition == position else { return }
        earlier.append(current)
        current = Self.pack(state, &profiles)
        plainSecret = Self.plainSecret(state)
        permittedUseCheck = 0
        if state.end != nil { endPosition = min(endPosition, position) }
    }

    private static func plainSecret(_ state: KeyState) -> UInt32 {
        guard state.end == nil, !state.isDisabled, let newest = state.secrets.last, newest.retiredAt == nil, newest.retirement == nil,
            !state.retiresOlder(newest)
        else { return 0 }
        return newest.record.id
    }

    /// The secrets of nearly all keys, shared by them.
    private static let firstSecret = [bare(KeySecret(record: SecretRecord(id: 1, digest: noDigest, hint: ""), addedAt: .none))]
    private static let noDigest = MerkleHash.leaf([UInt8]().span)

    private static func bare(_ secret: KeySecret) -> KeySecret {
        KeySecret(
            record: SecretRecord(id: secret.record.id, digest: noDigest, hint: ""), addedAt: .none, retirement: secret.retirement,
            retiredAt: secret.retiredAt)
    }

    private static func pack(_ state: KeyState, _ profiles: inout KeyProfiles) -> Span {
        let secrets = state.secrets.map(bare)
        return Span(
            from: state.changedPosition, profile: profiles.profile(of: state), secrets: secrets == firstSecret ? firstSecret : secrets,
            expiresAt: state.expiresAt ?? Timestamp(microseconds: .max), isDisabled: state.isDisabled, end: state.end.map(Self.status))
    }

    private static func status(_ end: KeyState.End) -> KeyState.Status {
        switch end {
        case .revoked: .revoked
        case .expired: .expired
        }
    }

    private func unpack(_ span: Span) -> KeyState {
        let profile = span.profile
        var state = KeyState(
            id: id, accountID: profile.accountID, environment: profile.environment, createdAt: .none, createdPosition: createdPosition,
            sealedName: nil, sealedMetadata: nil, secrets: span.secrets, scopes: profile.scopes, permissions: profile.permissions,
            expiresAt: span.expiresAt.microseconds == .max ? nil : span.expiresAt)
        if profile.restrictsAddresses { state.sealedAllowlist = SealedFields(dataKeyID: Bytes16(high: 0, low: 0), ciphertext: []) }
        state.isDisabled = span.isDisabled
        switch span.end {
        case .revoked: state.end = .revoked(at: .none, reasonCode: "")
        case .expired: state.end = .expired(at: .none)
        default: break
        }
        state.changedPosition = span.from
        return state
    }
}

/// The properties that many keys have in common, stored once for all of them.
final class KeyProfile: Hashable, Sendable {
    let accountID: AccountID
    let environment: String
    let scopes: [String]
    let permissions: [Permission]
    let restrictsAddresses: Bool

    init(_ state: KeyState) {
        accountID = state.accountID
        environment = state.environment
        scopes = state.scopes
        permissions = state.permissions
        restrictsAddresses = state.sealedAllowlist != nil
    }

    static func == (a: KeyProfile, b: KeyProfile) -> Bool {
        a.accountID == b.accountID && a.environment == b.environment && a.scopes == b.scopes && a.permissions == b.permissions
            && a.restrictsAddresses == b.restrictsAddresses
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(accountID)
        hasher.combine(scopes)
        hasher.combine(permissions)
    }
}

struct KeyProfiles {
    private var profiles: Set<KeyProfile> = []

    mutating func profile(of state: KeyState) -> KeyProfile { profiles.insert(KeyProfile(state)).memberAfterInsert }
}

extension Timestamp {
    /// A value for a time that no record states.
    static let none = Timestamp(microseconds: .min)
}
