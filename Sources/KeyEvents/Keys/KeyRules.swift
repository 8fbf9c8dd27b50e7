internal import Bytes

/// The limits on the fields of a key, in code points. All fields together stay below 32 kB, so that every record fits. The
/// messages of refusals name the field, the entry and the rule, and never repeat what was sent.
public enum KeyRules {
    /// The maximum length of a name, in code points.
    public static let maximumNameLength = 256
    /// The maximum number of entries of a key's metadata.
    public static let maximumMetadataEntries = 50
    /// The maximum length of a name within the metadata, in code points.
    public static let maximumMetadataKeyLength = 64
    /// The maximum length of all names and values of the metadata together, in code points.
    public static let maximumMetadataLength = 4096
    /// The maximum length of all scopes together, in characters, which are ASCII.
    public static let maximumScopesLength = 4096
    /// The maximum length of a reason, in code points.
    public static let maximumReasonLength = 1024
    /// The maximum number of entries of an IP allowlist.
    public static let maximumAllowedNetworks = 100
    /// The range of a grace period: a replaced secret stays in force for at most 366 days.
    public static let grace: ClosedRange<Duration> = .zero ... .seconds(366 * 86_400)
    /// The latest expiry of a key, the last second of the year 9999. It leaves room to compute with.
    public static let latestExpiry = Timestamp(seconds: 253_402_300_799)

    /// Checks the fields of a key, as `refusals` does.
    ///
    /// - Parameters:
    ///   - account: The account of the key.
    ///   - name: The name of the key.
    ///   - environment: The environment of the key.
    ///   - scopes: The scopes of the key.
    ///   - metadata: The metadata of the key.
    ///   - ipAllowlist: The IP allowlist of the key.
    ///   - expiresAt: The expiry of the key.
    ///   - now: The time by which an expiry is checked. It must lie before the expiry.
    /// - Returns: The first refusal; `nil` where all fields that are given are acceptable. A field that is `nil` is not checked.
    public static func check(
        account: AccountID? = nil, name: String? = nil, environment: String? = nil, scopes: [String]? = nil,
        metadata: [String: String]? = nil, ipAllowlist: [String]? = nil, expiresAt: Timestamp? = nil, now: Timestamp
    ) -> CommandRefusal? {
        refusals(
            account: account, name: name, environment: environment, scopes: scopes, metadata: metadata, ipAllowlist: ipAllowlist,
            expiresAt: expiresAt, now: now
        ).first
    }

    /// Checks the fields of a key. No field may hold a key's secret.
    ///
    /// - Parameters:
    ///   - account: The account of the key.
    ///   - name: The name of the key.
    ///   - environment: The environment of the key.
    ///   - scopes: The scopes of the key.
    ///   - metadata: The metadata of the key.
    ///   - ipAllowlist: The IP allowlist of the key.
    ///   - expiresAt: The expiry of the key.
    ///   - now: The time by which an expiry is checked. It must lie before the expiry.
    /// - Returns: The refusal of each field that is not acceptable; that of a secret alone, where a field holds one. A field that is
    ///   `nil` is not checked.
    public static func refusals(
        account: AccountID? = nil, name: String? = nil, environment: String? = nil, scopes: [String]? = nil,
        metadata: [String: String]? = nil, ipAllowlist: [String]? = nil, expiresAt: Timestamp? = nil, now: Timestamp
    ) -> [CommandRefusal] {
        if let refusal = secret("accountId", account?.description) ?? secret("name", name) ?? secret("environment", environment)
            ?? secret("scopes", scopes) ?? secret("metadata", metadata?.keys) ?? secret("metadata", metadata?.values)
            ?? secret("ipAllowlist", ipAllowlist)
        {
            return [refusal]
        }
        var refusals: [CommandRefusal] = []
        func note(_ field: String, _ problem: String?) {
            if let problem { refusals.append(.invalid(field: field, problem: problem)) }
        }
        note("name", name.flatMap(nameProblem))
        note("environment", environment.flatMap(environmentProblem))
        note("scopes", scopes.flatMap(scopesProblem))
        note("metadata", metadata.flatMap(metadataProblem))
        note("ipAllowlist", ipAllowlist.flatMap(allowlistProblem))
        note("expiresAt", expiresAt.flatMap { expiryProblem($0, now: now) })
        return refusals
    }

    /// Checks the id of an account that is to get its first key, or rules of its own. A segment of a path that consists of dots alone
    /// is resolved by whoever sends it, so an account of such a name could not be addressed over HTTP. Histories are not held against
    /// this: there may be such accounts from earlier versions.
    ///
    /// - Parameter account: The account.
    /// - Returns: The refusal; `nil` where the id is acceptable.
    public static func check(account: AccountID) -> CommandRefusal? {
        guard [".", ".."].contains(account.description) else { return nil }
        return .invalid(field: "accountId", problem: "must not be . or .., which no address can name.")
    }

    /// Checks the scopes that keys of an account may grant.
    ///
    /// - Parameter scopes: The scopes.
    /// - Returns: The refusal; `nil` where the scopes are acceptable.
    public static func check(grantable scopes: [String]) -> CommandRefusal? {
        if let refusal = secret("grantable", scopes) { return refusal }
        return scopesProblem(scopes).map { .invalid(field: "grantable", problem: $0) }
    }

    /// Returns whether a record may hold these scopes as those that keys of an account may grant. Secrets are not looked for:
    /// histories are not judged by what looks like a secret, so that this rule may change.
    ///
    /// - Parameter scopes: The scopes.
    /// - Returns: `true` where their number, length and form are acceptable.
    public static func arePossible(grantable scopes: [String]) -> Bool { scopesProblem(scopes) == nil }

    /// Checks a grace period.
    ///
    /// - Parameter olderRetires: When the older secrets are to end.
    /// - Returns: The refusal where the period lies outside `grace`, else `nil`.
    public static func check(_ olderRetires: Rotation.OlderRetires) -> CommandRefusal? {
        guard case .after(let period) = olderRetires, !grace.contains(period) else { return nil }
        return .invalid(field: "graceSeconds", problem: "must be 0 to \(grace.upperBound.wholeSeconds), which is 366 days.")
    }

    /// Checks what is kept of the actor beside a command. Neither text may hold a key's secret.
    ///
    /// - Parameters:
    ///   - actor: The actor.
    ///   - label: The label of the actor for people.
    /// - Returns: The refusal; `nil` where both are acceptable.
    public static func check(_ actor: Actor, label: String?) -> CommandRefusal? { secret("actor", actor.id) ?? secret("actor", label) }

    /// Checks the reason code of a revocation: 1 to 32 lowercase letters or underscores.
    ///
    /// - Parameter reasonCode: The reason code.
    /// - Returns: The refusal; `nil` where the code is acceptable.
    public static func check(reasonCode: String) -> CommandRefusal? {
        if let refusal = secret("reasonCode", reasonCode) { return refusal }
        guard (1...32).contains(reasonCode.utf8.count), reasonCode.utf8.allSatisfy({ $0.isASCIILowercase || $0 == UInt8(ascii: "_") })
        else {
            return .invalid(field: "reasonCode", problem: "must be 1 to 32 lowercase letters or underscores.")
        }
        return nil
    }

    /// Checks the reason for a command in the words of the person who gave it.
    ///
    /// - Parameter reason: The text; `nil` and an empty text state no reason.
    /// - Returns: The refusal; `nil` where the reason is acceptable.
    public static func check(reason: String?) -> CommandRefusal? {
        guard let reason = reason?.trimmingWhiteSpace else { return nil }
        if let refusal = secret("reason", reason) { return refusal }
        if PlainText.length(reason) > maximumReasonLength {
            return .invalid(field: "reason", problem: "is longer than \(maximumReasonLength) characters.")
        }
        return PlainText.problem(reason).map { .invalid(field: "reason", problem: $0) }
    }

    private static func secret(_ field: String, _ text: String?) -> CommandRefusal? {
        guard let text, let secret = MisplacedSecret(in: text) else { return nil }
        return .secretInField(field: field, problem: secret.problem)
    }

    private static func secret(_ field: String, _ texts: (some Sequence<String>)?) -> CommandRefusal? {
        guard let texts else { return nil }
        for text in texts { if let refusal = secret(field, text) { return refusal } }
        return nil
    }

    private static func nameProblem(_ text: String) -> String? {
        let name = text.trimmingWhiteSpace
        if !PlainText.isVisible(name) { return "must hold something that can be seen: it is how people tell keys apart." }
        if PlainText.length(name) > maximumNameLength { return "is longer than \(maximumNameLength) characters." }
        return PlainText.problem(name)
    }

    private static func environmentProblem(_ environment: String) -> String? {
        KeyEnvironment.isValid(environment)
            ? nil : "must be 1 to 16 lowercase letters or digits and begin with a letter, such as live or test."
    }

    private static func expiryProblem(_ expiresAt: Timestamp, now: Timestamp) -> String? {
        if expiresAt <= now { return "lies in the past (\(expiresAt)); it is now \(now)." }
        return expiresAt > latestExpiry ? "lies after \(latestExpiry)." : nil
    }

    private static func scopesProblem(_ scopes: [String]) -> String? {
        if scopes.count > Scope.maximumCount { return "are more than \(Scope.maximumCount)." }
        if scopes.reduce(0, { $0 + $1.utf8.count }) > maximumScopesLength {
            return "are together longer than \(maximumScopesLength) characters."
        }
        guard let bad = scopes.firstIndex(where: { !Scope.isValid($0) }) else { return nil }
        return "hold something that is not a scope (number \(bad + 1) of \(scopes.count)): use 1 to 128 printable ASCII characters"
            + " without spaces, quotes or backslashes; * stands alone or at the end after a colon."
    }

    private static func allowlistProblem(_ networks: [String]) -> String? {
        if networks.count > maximumAllowedNetworks { return "has more than \(maximumAllowedNetworks) entries." }
        guard let bad = networks.firstIndex(where: { IPNetwork($0) == nil }) else { return nil }
        return "has an entry (number \(bad + 1) of \(networks.count)) that is neither an IP address nor a range in CIDR notation such as"
            + " 192.0.2.0/24 or 2001:db8::/32."
    }

    private static func metadataProblem(_ metadata: [String: String]) -> String? {
        if metadata.count > maximumMetadataEntries { return "has more than \(maximumMetadataEntries) entries." }
        if metadata.reduce(0, { $0 + PlainText.length($1.key) + PlainText.length($1.value) }) > maximumMetadataLength {
            return "is longer than \(maximumMetadataLength) characters in all."
        }
        // The entries are checked in order, so that the same command gets the same answer whatever the hash seed is.
        for (key, value) in PlainText.sorted(metadata) {
            if !PlainText.isVisible(key) || PlainText.length(key) > maximumMetadataKeyLength {
                return "has a key that shows nothing or is longer than \(maximumMetadataKeyLength) characters."
            }
            if let problem = PlainText.problem(key) ?? PlainText.problem(value) { return problem }
        }
        return nil
    }
}
