internal import EventLog
public import KeyEvents
public import Ledger
internal import LedgerQueries
internal import Projections
internal import Storage
internal import Synchronization

/// A cache of keys in a rendered form, as bytes: opening and rendering a name takes several times as long as validating the key.
///
/// The cache returns nothing outdated. Each call reads the key's state, and makes a rendering of another state anew; so it does with
/// one that was made with a data key that is no longer the account's, as far as `Vault.recentIdentity` knows. Whether a key is valid
/// does not depend on the cache.
public final class RenderedKeyCache: Sendable {
    private final class Entry: Sendable {
        let state: [UInt8]
        let account: AccountID
        let dataKey: FileIdentity?
        let rendering: [UInt8]

        /// The size of the entry in bytes, including the approximate size of the objects and the table.
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
        /// The approximate size of the entries, in bytes.
        var bytes = 0
    }

    /// The result of looking the key up in the state tables.
    private enum Found {
        case nothing
        case asItWas(Entry)
        case new([UInt8])
    }

    /// The maximum size of the entries in bytes: some 50,000 ordinary keys.
    private static let maxBytes = 64 << 20

    private let ledger: Ledger
    private let render: @Sendable (DecryptedKey) throws -> [UInt8]
    private let kept = Mutex(Kept())

    /// Makes an empty cache.
    ///
    /// - Parameters:
    ///   - ledger: the ledger whose keys are rendered.
    ///   - render: renders a key as bytes.
    public init(_ ledger: Ledger, _ render: @escaping @Sendable (DecryptedKey) throws -> [UInt8]) {
        self.ledger = ledger
        self.render = render
    }

    /// Returns the rendering of a key, from the cache or made anew.
    ///
    /// - Parameter id: the key.
    /// - Returns: the bytes that `render` gave; `nil` where there is no such key.
    /// - Throws: the errors of reading the state, and what `render` throws.
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
        // The identity is read before the name is opened, so that a later data key is noticed at the next call.
        let dataKey = ledger.vault.recentIdentity(state.accountID)
        let view = ledger.keys.view(state)
        let rendering = try render(view)
        // A name that exists and could not be read may be readable at the next call, so it is not cached.
        guard view.name != nil || dataKey == nil else { return rendering }
        let entry = Entry(state: bytes, account: state.accountID, dataKey: dataKey, rendering: rendering)
        kept.withLock { kept in
            if kept.bytes > Self.maxBytes { kept = Kept() }
            let replaced = kept.entries.updateValue(entry, forKey: id)
            kept.bytes += entry.size - (replaced?.size ?? 0)
        }
        return rendering
    }
}
