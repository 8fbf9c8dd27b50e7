internal import EventLog
public import KeyEvents
public import Ledger
internal import Projections
internal import Storage
internal import Synchronization

/// What is told of a key, as bytes made once and kept for the next time: to unseal and write down a name takes several times as long
/// as to validate the key.
///
/// Nothing old is told. Each time the key's state is read, and what was made of other bytes is made anew; so is what was made with a
/// data key that is no longer the account's, as far as `Vault.recentIdentity` knows. Whether a key is good is no matter of this.
public final class KeyRenderings: Sendable {
    private final class Entry: Sendable {
        let state: [UInt8]
        let account: AccountID
        let dataKey: FileIdentity?
        let rendering: [UInt8]

        /// In bytes: with what the objects and the table take beside.
        var size: Int { 512 + state.count + rendering.count }

        init(state: [UInt8], account: AccountID, dataKey: FileIdentity?, rendering: [UInt8]) {
            self.state = state
            self.account = account
            self.dataKey = dataKey
            self.rendering = rendering
        }
    }

    private struct Kept {
        var entries: [KeyID: Entry] = [:]
        /// What they take, about.
        var bytes = 0
    }

    /// Of the key's state as it is stored.
    private enum Found {
        case nothing
        case asItWas(Entry)
        case new([UInt8])
    }

    /// In bytes: some 50,000 ordinary keys.
    private static let most = 64 << 20

    private let ledger: Ledger
    private let render: @Sendable (KeyView) throws -> [UInt8]
    private let kept = Mutex(Kept())

    public init(_ ledger: Ledger, _ render: @escaping @Sendable (KeyView) throws -> [UInt8]) {
        self.ledger = ledger
        self.render = render
    }

    /// `nil`: there is no such key.
    public func rendering(of id: KeyID) throws -> [UInt8]? {
        let known = kept.withLock { $0.entries[id] }
        let found: Found = try ledger.environment.read { transaction in
            let store = try StateView(ledger.stateTables, transaction).store
            guard let bytes = try store.keyBytes(id, transaction) else { return .nothing }
            if let known {
                let state = known.state
                if bytes.order(state.span) == 0 { return .asItWas(known) }
            }
            return .new(bytes.copy())
        }
        switch found {
        case .nothing: return nil
        case .asItWas(let known):
            if ledger.vault.recentIdentity(known.account) == known.dataKey { return known.rendering }
            return try make(id, known.state)
        case .new(let state): return try make(id, state)
        }
    }

    private func make(_ id: KeyID, _ bytes: [UInt8]) throws -> [UInt8] {
        let state = try StateStore.decode(bytes, id)
        // First: one that comes after it is noticed the next time.
        let dataKey = ledger.vault.recentIdentity(state.accountID)
        let view = ledger.keys.view(state)
        let rendering = try render(view)
        // One that is there and could not be read may be readable the next time.
        guard view.name != nil || dataKey == nil else { return rendering }
        let entry = Entry(state: bytes, account: state.accountID, dataKey: dataKey, rendering: rendering)
        kept.withLock { kept in
            if kept.bytes > Self.most { kept = Kept() }
            let replaced = kept.entries.updateValue(entry, forKey: id)
            kept.bytes += entry.size - (replaced?.size ?? 0)
        }
        return rendering
    }
}
