internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// The effects of a change of a key on whatever uses it, by its accepted uses of the last 24 hours.
struct ChangeImpact {
    /// How many addresses and scopes are named.
    private static let maxNamed = 5

    /// The effects, each a sentence or two.
    let sentences: [String]

    /// Returns whether a change takes something from a key: scopes, addresses or time.
    static func narrows(_ change: KeyChange, _ key: DecryptedKey) -> Bool {
        takesScopes(change, key) || takesAddresses(change, key) || takesTime(change, key)
    }

    /// Describes what a change takes.
    ///
    /// - Parameters:
    ///   - change: The change.
    ///   - key: The key as it is.
    ///   - recent: The accepted uses of the last 24 hours.
    ///   - count: How many there were in all.
    init(of change: KeyChange, on key: DecryptedKey, recent: RecentUses, count: UInt64) {
        var sentences: [String] = []
        if Self.takesAddresses(change, key) { sentences += Self.addresses(change.ipAllowlist ?? [], recent) }
        if Self.takesScopes(change, key) { sentences += Self.scopes(change.scopes ?? [], recent) }
        if Self.takesTime(change, key), let end = change.expiry?.date {
            let used = count == 0 ? "It was not used in the last 24 hours." : "It had \(Format.count(count, "call")) in the last 24 hours."
            sentences.append("The key stops working on \(Format.time(end)), for good. \(used)")
        }
        self.sentences = sentences
    }

    // MARK: Addresses

    private static func takesAddresses(_ change: KeyChange, _ key: DecryptedKey) -> Bool {
        guard let list = change.ipAllowlist, !list.isEmpty, let held = key.ipAllowlist else { return false }
        let networks = list.compactMap { IPNetwork($0) }
        return held.isEmpty || held.compactMap { IPNetwork($0) }.contains { old in !networks.contains { $0.contains(old) } }
    }

    private static func addresses(_ list: [String], _ recent: RecentUses) -> [String] {
        let networks = list.compactMap { IPNetwork($0) }
        var counts: [String: UInt64] = [:]
        var unknown: UInt64 = 0
        for use in recent.uses {
            for entry in use.addresses?.entries ?? [.init(address: nil, count: use.count)] {
                guard let address = entry.address else {
                    unknown = unknown.saturatingAdding(entry.count)
                    continue
                }
                counts[address] = (counts[address] ?? 0).saturatingAdding(entry.count)
            }
        }
        let refused = counts.filter { text, _ in IPAddress(text).map { address in !networks.contains { $0.contains(address) } } ?? true }
        var sentences: [String] = []
        if counts.isEmpty, unknown == 0 {
            sentences.append("No call was accepted in the last 24 hours, so it is not known which addresses the key is used from.")
        } else if !counts.isEmpty, refused.isEmpty {
            let all = counts.count == 1 ? "The one address" : "All \(Format.count(counts.count)) addresses"
            sentences.append("\(all) seen in the last 24 hours may go on.")
        } else if !refused.isEmpty {
            let share = counts.count == 1 ? "The one address" : "\(Format.count(refused.count)) of \(Format.count(counts.count)) addresses"
            sentences.append("\(share) seen in the last 24 hours would be refused: \(named(refused)).")
        }
        if unknown > 0 {
            sentences.append(
                "\(Format.count(unknown, "call")) came from addresses that are not known. Such calls would be refused: the service that asks"
                    + " about the key has to say where they come from.")
        }
        return sentences
    }

    // MARK: Scopes

    private static func takesScopes(_ change: KeyChange, _ key: DecryptedKey) -> Bool {
        guard let scopes = change.scopes else { return false }
        return key.state.scopes.contains { !Scope.permits(scopes, $0) }
    }

    private static func scopes(_ scopes: [String], _ recent: RecentUses) -> [String] {
        var counts: [String: UInt64] = [:]
        for use in recent.uses {
            for asked in Set(use.scopesAsked) where !Scope.permits(scopes, asked) {
                // A record of several uses says only what the last of them asked for.
                counts[asked] = (counts[asked] ?? 0) + 1
            }
        }
        var sentences: [String] = []
        let isExact = !recent.isSample && recent.uses.allSatisfy { $0.count == 1 }
        if !counts.isEmpty {
            let total = recent.uses.count { use in use.scopesAsked.contains { !Scope.permits(scopes, $0) } }
            let calls = (isExact ? "" : "At least ") + Format.count(total, "call")
            sentences.append("\(calls) of the last 24 hours needed what is taken away, and would be refused: \(named(counts)).")
        } else {
            sentences.append("No \(isExact ? "" : "known ")call of the last 24 hours needed what is taken away.")
        }
        if scopes.isEmpty {
            sentences.append("Without scopes the key works only for calls that need none.")
        }
        return sentences
    }

    private static func named(_ counts: [String: UInt64]) -> String {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let shown = sorted.prefix(maxNamed).map { "\($0.key) (\(Format.count($0.value, "call")))" }
        return shown.joined(separator: ", ") + (sorted.count > maxNamed ? " and \(Format.count(sorted.count - maxNamed)) more" : "")
    }

    // MARK: Time

    private static func takesTime(_ change: KeyChange, _ key: DecryptedKey) -> Bool {
        guard let end = change.expiry?.date else { return false }
        return key.state.expiresAt.map { end < $0 } ?? true
    }
}
