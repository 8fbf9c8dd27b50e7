internal import Bytes
public import KeyEvents
internal import Ledger

/// Describes an event for people: what was done, the old and new values, who did it, from where, and why. Every page and listing for
/// people takes its text from here; all of it is safe to show (`DisplayText`).
public struct EventDescription: Sendable {
    /// An item of what the event says about the key.
    public struct Detail: Equatable, Sendable {
        /// The name of the item; empty where the value says enough.
        public let label: String
        /// The value that was replaced; `nil` where there is none.
        public let before: String?
        /// The new value, or the only one.
        public let value: String

        /// The item as one piece of text: label, old value, arrow, new value.
        public var text: String {
            (label.isEmpty ? "" : label + " ") + (before.map { $0 + " → " } ?? "") + value
        }
    }

    /// The items of what was done.
    public let details: [Detail]
    /// The actor's kind and id, and the person: `operator cli “root”`.
    public let actor: String
    /// The person, in quotes, where one is recorded.
    public let person: String?
    /// The address that the event came from, or the addresses with their counts, where that is recorded and can be read.
    public let source: String?
    /// The reason, in quotes, where one is recorded.
    public let reason: String?
    /// The time at which the event happened; `nil` unless its stamp is later, because another clock stamped the log before.
    public let happenedAt: String?
    /// Whether the event holds personal fields that can no longer be read.
    public let isUnreadable: Bool

    /// Describes an event.
    ///
    /// - Parameters:
    ///   - recorded: the event, with its personal fields and the key before it.
    ///   - time: how times are written; RFC 3339 where it is not given.
    public init(_ recorded: RecordedEvent, time: (Timestamp) -> String = \.description) {
        let (event, personal) = (recorded.event, recorded.personal)
        details = withoutActuallyEscaping(time) { EventDetails(time: $0).all(recorded) }
        person = personal?.actorLabel.map(DisplayText.quoted)
        actor = ([event.actor.kind.rawValue, DisplayText.word(event.actor.id)] + [person].compactMap(\.self)).joined(separator: " ")
        source = Self.source(event, personal)
        let stamp = RecordTime(recordedAt: event.recordedAt, occurredAt: event.occurredAt)
        happenedAt = stamp.decidedAt < stamp.recordedAt ? time(stamp.decidedAt) : nil
        reason = personal?.reason.map(DisplayText.quoted)
        isUnreadable = event.sealed != nil && personal == nil
    }

    /// The source of an event: a record that counts several presentations says where each came from, and how many.
    private static func source(_ event: Event, _ personal: PersonalFields?) -> String? {
        event.origins(personal).map(DisplayText.origins) ?? personal?.clientAddress.map(DisplayText.word)
    }

    /// Actor, details, source, time and reason, piece by piece.
    public var parts: [String] {
        var parts = ["by " + actor] + details.map(\.text)
        if let source { parts.append("from " + source) }
        if let happenedAt { parts.append("happened " + happenedAt) }
        if let reason { parts.append("reason " + reason) }
        if isUnreadable { parts.append("(personal fields unreadable)") }
        return parts
    }
}

/// The items of an event's description.
private struct EventDetails {
    fileprivate typealias Detail = EventDescription.Detail

    private static let none = "none"
    private static let unreadable = "(unreadable)"
    private static let unknown = "(not known)"

    package let time: (Timestamp) -> String

    func all(_ recorded: RecordedEvent) -> [EventDescription.Detail] {
        let (personal, before) = (recorded.personal, recorded.before)
        switch recorded.event.body {
        case .created(let created): return details(created, personal)
        case .used(let use): return details(use, nil, personal)
        case .refused(let use, let code): return details(use, code, personal)
        case .revoked(let reasonCode): return [Detail(label: "", before: nil, value: DisplayText.word(reasonCode))]
        case .expired: return before?.state.expiresAt.map { [Detail(label: "expiry", before: nil, value: time($0))] } ?? []
        case .changed(let changed): return details(changed, personal, before)
        case .disabled, .enabled: return []
        case .secretAdded(let secret, let olderRetire, let extendsGrace):
            return details(
                secret, olderRetire, extendsGrace: extendsGrace ?? false, before, at: recorded.event.occurredAt ?? recorded.event.recordedAt
            )
        case .secretRetired(let id):
            let secret = before?.state.secrets.first { $0.record.id == id }
            return [
                Detail(label: name(id, secret?.record.hint), before: secret.map { end($0.retirement, since: nil) }, value: "ended")
            ]
        case .logForked(let fork):
            let abandoned = fork.abandonedLogIDs.map(\.hex)
            return [Detail(label: "log", before: fork.leftLogID.hex, value: fork.logID.hex)]
                + (abandoned.isEmpty ? [] : [Detail(label: "abandoned logs", before: nil, value: list(abandoned))])
        case .clockConfirmed(let confirmation):
            return [Detail(label: "clock", before: time(confirmation.expected), value: time(confirmation.clock))]
        case .logRead(let reading):
            let account = reading.account.map { "account " + DisplayText.word($0.description) } ?? "several accounts"
            return [Detail(label: "", before: nil, value: "\(DisplayText.word(reading.what)) of \(account)")]
        case .logKeyChanged(let change):
            let old = DisplayText.word(change.oldVerifierKey.isEmpty ? change.oldOrigin : change.oldVerifierKey)
            return [
                Detail(label: "key of the log", before: old, value: DisplayText.word(change.newVerifierKey)),
                Detail(label: "", before: nil, value: change.signature.isEmpty ? "not signed by the old key" : "signed by the old key"),
            ]
        case .accountErased(let erasure):
            return [
                Detail(label: "account", before: nil, value: DisplayText.word(recorded.event.accountID.description)),
                Detail(label: "data key", before: nil, value: erasure.dataKeyID?.hex ?? Self.unknown),
            ] + (erasure.localUserID.map { [Detail(label: "local user", before: nil, value: String($0))] } ?? [])
        case .accountChanged(let change):
            return [
                Detail(label: "account", before: nil, value: DisplayText.word(recorded.event.accountID.description)),
                detail("most keys", recorded.rulesBefore, change.rules) { $0.keyLimit.map { String($0) } ?? "as usual" },
                detail("grantable", recorded.rulesBefore, change.rules) { $0.grantable.map { list($0) } ?? "all scopes" },
            ] + (change.localUserID.map { [Detail(label: "local user", before: nil, value: String($0))] } ?? [])
        case .unknown: return []
        }
    }

    /// A rule of an account. The record names every rule; those that stay as they were have no earlier value.
    private func detail(_ label: String, _ before: AccountRules?, _ after: AccountRules, _ words: (AccountRules) -> String) -> Detail {
        let (old, new) = (before.map(words) ?? Self.unknown, words(after))
        return Detail(label: label, before: old == new ? nil : old, value: new)
    }

    // MARK: The key

    private func details(_ created: Event.Created, _ personal: PersonalFields?) -> [Detail] {
        var details = [
            Detail(label: "name", before: nil, value: personal?.name.map(DisplayText.quoted) ?? Self.unreadable),
            Detail(label: "environment", before: nil, value: DisplayText.word(created.environment)),
            Detail(label: name(created.secret.id, nil), before: nil, value: DisplayText.word(created.secret.hint)),
            Detail(label: "scopes", before: nil, value: list(created.scopes)),
            Detail(label: "permissions", before: nil, value: list(created.permissions.map(\.rawValue))),
            Detail(label: "expiry", before: nil, value: expiry(created.expiresAt)),
        ]
        if let metadata = personal?.metadata, !metadata.isEmpty {
            details.append(Detail(label: "metadata", before: nil, value: entries(metadata)))
        }
        if created.restrictsAddresses {
            details.append(Detail(label: "addresses", before: nil, value: personal?.ipAllowlist.map(list) ?? Self.unreadable))
        }
        return details
    }

    private func details(_ changed: Event.Changed, _ personal: PersonalFields?, _ before: DecryptedKey?) -> [Detail] {
        var details: [Detail] = []
        func add(_ label: String, _ old: (DecryptedKey) -> String, _ new: String) {
            details.append(Detail(label: label, before: before.map(old) ?? Self.unknown, value: new))
        }
        if changed.replacesName {
            add("name", { $0.name.map(DisplayText.quoted) ?? Self.unreadable }, personal?.name.map(DisplayText.quoted) ?? Self.unreadable)
        }
        if let scopes = changed.scopes { add("scopes", { list($0.state.scopes) }, list(scopes)) }
        if let permissions = changed.permissions {
            add("permissions", { list($0.state.permissions.map(\.rawValue)) }, list(permissions.map(\.rawValue)))
        }
        if let new = changed.expiry { add("expiry", { expiry($0.state.expiresAt) }, expiry(new.date)) }
        if changed.replacesMetadata {
            let old = before.flatMap { $0.isMetadataReadable ? $0.metadata : nil }
            let new = personal?.metadata
            // Metadata with many entries shows only those that differ.
            let (left, right) = old.flatMap { old in new.map { (old.without($0), $0.without(old)) } } ?? (old, new)
            add("metadata", { _ in left.map(entries) ?? Self.unreadable }, right.map(entries) ?? Self.unreadable)
        }
        if let restricts = changed.restrictsAddresses {
            add(
                "addresses",
                { $0.state.sealedAllowlist == nil ? "any" : $0.ipAllowlist.map(list) ?? Self.unreadable },
                restricts ? personal?.ipAllowlist.map(list) ?? Self.unreadable : "any")
        }
        return details
    }

    // MARK: Secrets

    private func details(
        _ secret: SecretRecord, _ olderRetire: SecretRetirement?, extendsGrace: Bool, _ before: DecryptedKey?, at recordedAt: Timestamp
    ) -> [Detail] {
        var details = [Detail(label: "new " + name(secret.id, nil), before: nil, value: DisplayText.word(secret.hint))]
        guard let olderRetire else { return details }
        if let before {
            for older in before.state.secrets where older.retiredAt == nil {
                // An end that an earlier rotation has set already is no change.
                let before = end(older.retirement, since: nil)
                let isKept = before == end(olderRetire, since: nil)
                details.append(
                    Detail(
                        label: name(older.record.id, older.record.hint), before: isKept ? nil : before,
                        value: end(olderRetire, since: recordedAt)))
            }
        } else {
            details.append(Detail(label: "older secrets", before: nil, value: end(olderRetire, since: recordedAt)))
        }
        if extendsGrace { details.append(Detail(label: "", before: nil, value: "longer grace asked for")) }
        return details
    }

    private func name(_ secret: UInt32, _ hint: String?) -> String {
        "secret \(secret)" + (hint.map { " " + DisplayText.word($0) } ?? "")
    }

    private func end(_ retirement: SecretRetirement?, since start: Timestamp?) -> String {
        func until(_ date: Timestamp) -> String { "until \(time(date))" + (start.map { " (\(span(from: $0, to: date)))" } ?? "") }
        switch retirement {
        case nil: return "in force"
        case .at(let date)?: return until(date)
        case .whenNewerIsUsed?: return "until the first use of a newer one"
        case .whenNewerIsUsedOrAt(let date)?: return "until the first use of a newer one, at the latest " + until(date)
        }
    }

    /// A duration in the largest unit that divides it: `24 h`, `90 s`.
    private func span(from start: Timestamp, to end: Timestamp) -> String {
        let seconds = (end - start + .milliseconds(500)).wholeSeconds
        for (unit, length) in [("h", 3600), ("min", 60)] as [(String, Int64)] where seconds > 0 && seconds % length == 0 {
            return "\(seconds / length) \(unit)"
        }
        return "\(seconds) s"
    }

    // MARK: Uses

    private func details(_ use: Event.Use, _ code: RefusalCode?, _ personal: PersonalFields?) -> [Detail] {
        var details: [Detail] = []
        func add(_ label: String, _ value: String) { details.append(Detail(label: label, before: nil, value: value)) }
        if let code { add("", code.name) }
        if let permission = use.permissionAsked { add("permission asked", DisplayText.word(permission)) }
        if use.count != 1 { add("", "\(use.count) times") }
        if let first = use.firstAt { add("since", time(first)) }
        add(name(use.secretID, nil), "decided at \(use.decidedAtPosition)")
        if !use.scopesAsked.isEmpty { add("for", list(use.scopesAsked)) }
        if let environment = use.environmentAsked { add("environment", DisplayText.word(environment)) }
        if use.isInternal { add("", "to call Keyledger") }
        let request = [personal?.method, personal?.path].compactMap(\.self).map(DisplayText.word)
        if !request.isEmpty { add("", request.joined(separator: " ")) }
        return details
    }

    // MARK: Values

    private func list(_ items: [String]) -> String {
        items.isEmpty ? Self.none : items.map(DisplayText.word).joined(separator: " ")
    }

    private func expiry(_ date: Timestamp?) -> String { date.map(time) ?? "never" }

    private func entries(_ metadata: [String: String]) -> String {
        let sorted = PlainText.sorted(metadata)
        return sorted.isEmpty
            ? Self.none : sorted.map { DisplayText.word($0.key) + "=" + DisplayText.quoted($0.value) }.joined(separator: " ")
    }
}

extension [String: String] {
    /// The entries that `other` does not have, byte by byte: it finds names by canonical equivalence.
    fileprivate func without(_ other: [String: String]) -> [String: String] {
        filter { entry in
            guard let index = other.index(forKey: entry.key) else { return true }
            return !PlainText.areIdentical(other[index].key, entry.key) || !PlainText.areIdentical(other[index].value, entry.value)
        }
    }
}
