internal import EventLog
public import KeyEvents
internal import LMDB
internal import Projections
internal import Synchronization

/// What is told of a key, made once and kept for the next time: to unseal and write down a name takes several times as long as to
/// validate the key.
///
/// Nothing old is told. Each time the key's state is read, and what was made of other bytes is made anew; so is what was made with a
/// data key that is no longer the account's, as far as `Vault.recentIdentity` knows. Whether a key is good is no matter of this.
public final class KeyRenderings<Rendering: Sendable>: Sendable {
    private final class Entry: Sendable {
        let state: [UInt8]
        let account: AccountID
        let dataKey: Vault.FileIdentity?
        let rendering: Rendering

        init(state: [UInt8], account: AccountID, dataKey: Vault.FileIdentity?, rendering: Rendering) {
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

    /// In bytes: tens of thousands of ordinary keys.
    private static var most: Int { 64 << 20 }

    private let ledger: Ledger
    private let render: @Sendable (KeyView) throws -> Rendering
    private let kept = Mutex(Kept())

    public init(_ ledger: Ledger, _ render: @escaping @Sendable (KeyView) throws -> Rendering) {
        self.ledger = ledger
        self.render = render
    }

    /// `nil`: there is no such key.
    public func rendering(of id: KeyID) throws -> Rendering? {
        let known = kept.withLock { $0.entries[id] }
        let found: Found = try ledger.environment.read { transaction in
            let store = try StateView(ledger.stateTables, transaction).store
            guard let bytes = try store.keyBytes(id, transaction) else { return .nothing }
            if let known, bytes.holds(known.state) { return .asItWas(known) }
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

    private func make(_ id: KeyID, _ bytes: [UInt8]) throws -> Rendering {
        let state = try StateStore.decode(bytes, id)
        // First: one that comes after it is noticed the next time.
        let dataKey = ledger.vault.recentIdentity(state.accountID)
        let view = ledger.view(state)
        let rendering = try render(view)
        // One that is there and could not be read may be readable the next time.
        guard view.name != nil || dataKey == nil else { return rendering }
        let entry = Entry(state: bytes, account: state.accountID, dataKey: dataKey, rendering: rendering)
        // The state once as it is, and most of it again as it is told, in places with three characters for one.
        let size = 1024 + 4 * bytes.count
        kept.withLock { kept in
            if kept.bytes > Self.most { kept = Kept() }
            if kept.entries.updateValue(entry, forKey: id) == nil { kept.bytes += size }
        }
        return rendering
    }
}

extension Span<UInt8> {
    fileprivate func holds(_ bytes: [UInt8]) -> Bool {
        guard count == bytes.count else { return false }
        let other = bytes.span
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }
}
