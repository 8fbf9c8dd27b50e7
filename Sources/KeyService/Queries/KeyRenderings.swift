internal import EventLog
public import KeyEvents
internal import LMDB
internal import Projections
internal import Synchronization

/// What is told of a key, made once and kept for the next time: to unseal and write down a name takes several times as long as to
/// validate the key.
///
/// Nothing old is told. Each time the key's state is read, and what was made of other bytes is made anew; so is what was made with a
/// data key that was no longer the account's a tenth of a second ago. Whether a key is good is no matter of this.
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

    /// Keys whose renderings are kept; some tens of megabytes.
    private static var most: Int { 32_768 }

    private let ledger: Ledger
    private let render: @Sendable (KeyView) throws -> Rendering
    private let entries = Mutex<[KeyID: Entry]>([:])

    public init(_ ledger: Ledger, _ render: @escaping @Sendable (KeyView) throws -> Rendering) {
        self.ledger = ledger
        self.render = render
    }

    /// `nil`: there is no such key.
    public func of(_ id: KeyID) throws -> Rendering? {
        let known = entries.withLock { $0[id] }
        let state: [UInt8]? = try ledger.environment.read { transaction in
            let store = try StateView(ledger.stateTables, transaction).store
            guard let bytes = try store.keyBytes(id, transaction) else { return nil }
            // No copy where it is what it was.
            return known.map { bytes.holds($0.state) } == true ? [] : bytes.copy()
        }
        guard let state else { return nil }
        if state.isEmpty, let known, ledger.vault.recentIdentity(known.account) == known.dataKey { return known.rendering }
        return try make(id, state.isEmpty ? known?.state ?? state : state)
    }

    private func make(_ id: KeyID, _ bytes: [UInt8]) throws -> Rendering {
        let state = try StateStore.decode(bytes, id)
        // First: one that comes after it is noticed the next time.
        let dataKey = ledger.vault.recentIdentity(state.accountID)
        let rendering = try render(ledger.view(state))
        entries.withLock { entries in
            if entries.count >= Self.most { entries.removeAll(keepingCapacity: true) }
            entries[id] = Entry(state: bytes, account: state.accountID, dataKey: dataKey, rendering: rendering)
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
