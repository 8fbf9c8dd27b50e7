package import Bytes
package import KeyEvents
internal import Projections
internal import Storage

/// The data keys that fields of keys are sealed with, by account, as the state tells it. One that the vault does not hold was destroyed
/// on purpose, as the log says (`AccountErased`), or is lost.
package struct DataKeyNeeds: Sendable {
    /// The position of the newest event whose fields may be sealed with a data key.
    private var positions: [AccountID: [Bytes16: UInt64]] = [:]
    /// The environments of the keys: whoever reads all keys for one of the two has the other.
    private(set) var environments: Set<String> = []

    /// The accounts that have keys, in the order of their ids.
    package var accounts: [AccountID] { positions.keys.sorted() }

    /// Adds what a key needs.
    mutating func add(_ state: KeyState) {
        environments.insert(state.environment)
        var known = positions[state.accountID] ?? [:]
        for sealed in [state.sealedName, state.sealedMetadata, state.sealedAllowlist] {
            guard let id = sealed?.dataKeyID else { continue }
            known[id] = max(known[id] ?? 0, state.changedPosition)
        }
        positions[state.accountID] = known
    }

    /// Returns the ids of an account's data keys that are lost.
    ///
    /// - Parameters:
    ///   - account: The account.
    ///   - held: The id of the data key that the vault holds; `nil` for none.
    ///   - erasures: The erasures of the account, read after the vault.
    /// - Returns: The ids.
    func lost(of account: AccountID, held: Bytes16?, _ erasures: [Erasure]) -> Set<Bytes16> {
        let lost = (positions[account] ?? [:]).filter { id, position in
            id != held && !erasures.contains { $0.destroyed(id, sealingUpTo: position) }
        }
        return Set(lost.keys)
    }
}

extension Ledger {
    /// Reads which data keys the fields of keys are sealed with.
    ///
    /// - Parameter account: The account whose keys are read; `nil` for all keys.
    /// - Returns: The data keys and the positions up to which they are needed.
    /// - Throws: The errors of reading the state.
    package func dataKeyNeeds(of account: AccountID? = nil) throws -> DataKeyNeeds {
        var needs = DataKeyNeeds()
        var last: KeyID?
        while true {
            let page = try environment.read { transaction in
                try StateView(stateTables, transaction).store.keys(of: account, after: last, limit: 1_000, transaction)
            }
            // A damaged page can lead round in circles.
            guard let end = page.last?.id, last.map({ $0 < end }) ?? true else { return needs }
            for state in page { needs.add(state) }
            last = end
        }
    }

    /// Returns the ids of an account's data keys that are lost. A file that is there and cannot be read as a data key is damaged, not
    /// lost.
    ///
    /// - Parameters:
    ///   - account: The account.
    ///   - needs: What its keys need, read before.
    /// - Returns: The ids.
    /// - Throws: `LedgerError.vault` where the vault cannot be read; the errors of reading the state.
    package func lostDataKeys(of account: AccountID, _ needs: DataKeyNeeds) throws -> Set<Bytes16> {
        let found = try vault.found(account)
        if found == .unreadable { return [] }
        // The log names a data key before it is destroyed, so whatever was destroyed by now is known to it.
        return needs.lost(of: account, held: found?.id, try accounts.erasures(of: account))
    }

    /// Returns whether a data key of an account is lost.
    func hasLostDataKey(_ account: AccountID) throws -> Bool { try !lostDataKeys(of: account, dataKeyNeeds(of: account)).isEmpty }
}
