internal import Bytes
internal import KeyEvents

/// The limits of a key that acts on keys: it gives neither itself nor others more time, or more addresses, than it has, and a key of an
/// environment other than the default makes, changes, rotates and enables only keys of that environment. So the finder of a key that ends in
/// an hour has it for an hour. Operators' keys and people have no such limits.
struct CallerLimits {
    private let id: KeyID
    private let environment: String
    /// The time at which the acting key or the presented secret ends; `nil` where neither ends by time.
    private let endsAt: Timestamp?
    /// The expiry of the acting key; `nil` where it has none.
    private let expiresAt: Timestamp?
    /// The networks from which the acting key may be used; `nil` for any.
    private let networks: [IPNetwork]?
    /// The rules of the account: what its keys may do and grant.
    private let rules: AccountRules

    init(of acting: ActingKey, _ personal: PersonalFields, _ rules: AccountRules) {
        self.rules = rules
        (id, environment, endsAt, expiresAt) = (acting.state.id, acting.state.environment, acting.endsAt, acting.state.expiresAt)
        networks = acting.state.sealedAllowlist == nil ? nil : (personal.ipAllowlist ?? []).compactMap { IPNetwork($0) }
    }

    /// Checks a command. `target` is the key that the command is about, as it is, or `nil` for one that is to be made; `personal` holds
    /// the target's opened fields.
    func check(_ command: KeyCommand, on target: KeyState?, _ personal: PersonalFields) throws(ServiceError) {
        switch command {
        case .create(let key):
            try checkTime(key.expiresAt, before: nil)
            try checkEnvironment(key.environment)
            try checkAddresses(key.ipAllowlist, before: nil)
            try checkScopes(key.scopes)
        case .change(let change):
            guard let target else { return }
            try checkEnvironment(target.environment)
            if let expiry = change.expiry { try checkTime(expiry.date, before: .some(target.expiresAt)) }
            if let scopes = change.scopes { try checkScopes(scopes.filter { !target.scopes.contains($0) }) }
            if let list = change.ipAllowlist { try checkAddresses(list, before: Self.list(of: target, personal)) }
        case .rotate:
            // A rotation gives the caller the new secret of the key; a key that rotates itself gains nothing by that.
            guard let target, target.id != id else { return }
            try checkEnvironment(target.environment)
            try checkTime(target.expiresAt, before: nil)
            try checkAddresses(Self.list(of: target, personal), before: nil)
            try checkScopes(target.scopes)
        // This command gives no key more than it was made with, but a key for tests brings nothing live back.
        case .enable:
            if let target { try checkEnvironment(target.environment) }
        // Every key that may write keys may end them: `CommandJob` does not ask about these commands at all.
        case .disable, .revoke, .expire:
            break
        }
    }

    /// The allowlist of a key: empty for any address. A list that can no longer be read allows no address.
    private static func list(of key: KeyState, _ personal: PersonalFields) -> [String] {
        key.sealedAllowlist == nil ? [] : personal.ipAllowlist ?? [Self.nowhere]
    }

    /// An address for documentation (RFC 5737), which no call comes from.
    private static let nowhere = "192.0.2.0"

    /// Checks an expiry against the caller's end. `before` is the expiry that the key had: to keep or to shorten it is always allowed.
    private func checkTime(_ end: Timestamp?, before: Timestamp??) throws(ServiceError) {
        guard let endsAt, end.map({ $0 > endsAt }) ?? true else { return }
        if let before, before.map({ known in end.map { $0 <= known } ?? false }) ?? true { return }
        throw .beyondCaller(
            field: "expiresAt",
            problem: "must not lie after \(endsAt), when the key that asks for this ends"
                + (endsAt == expiresAt ? "" : " with the secret that it was called with") + ": a key gives nobody more time than it has.")
    }

    private func checkEnvironment(_ environment: String) throws(ServiceError) {
        guard self.environment != KeyEnvironment.default, environment != self.environment else { return }
        throw .beyondCaller(field: "environment", problem: "must be \(self.environment), as that of the key that asks for this is.")
    }

    private func checkScopes(_ scopes: [String]) throws(ServiceError) {
        guard let beyond = scopes.first(where: { !rules.mayGrant($0) }) else { return }
        throw .beyondCaller(
            field: "scopes", problem: "hold \(beyond), which keys of this account may not give; ask whoever operates the service.")
    }

    /// Checks an allowlist against the caller's; `before` is the list that the key had.
    private func checkAddresses(_ list: [String], before: [String]?) throws(ServiceError) {
        guard let networks else { return }
        if let before, before.isEmpty { return }
        let known = networks + (before ?? []).compactMap { IPNetwork($0) }
        let isWithin =
            !list.isEmpty && list.allSatisfy { text in IPNetwork(text).map { asked in known.contains { $0.contains(asked) } } ?? true }
        guard !isWithin else { return }
        throw .beyondCaller(
            field: "ipAllowlist",
            problem: "must lie within the addresses from which the key that asks for this may be used: a key gives nobody more than it has."
        )
    }
}
