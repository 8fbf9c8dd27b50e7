internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// Examines the data key of each account, without which names and other personal fields cannot be read.
struct DataKeyExamination {
    /// The number of keys that are read at once.
    private static let pageKeys = 1000

    private let ledger: Ledger

    init(_ ledger: Ledger) { self.ledger = ledger }

    func run(_ report: (ExaminationMessage) -> Void) throws {
        let inUse = try dataKeysInUse()
        // The erasures are read after the keys: one that is recorded between the two is known.
        let erasures = Dictionary(grouping: try ledger.accounts.erasures(), by: \.accountID)
        for (account, used) in inUse.sorted(by: { $0.key < $1.key }) {
            let erased = erasures[account] ?? []
            if let last = erased.map(\.recordedAt).max() {
                let text =
                    "The account \(account) was erased on \(last): names and other personal fields recorded before cannot be read, as was meant."
                report(.note(ExaminationNote(text, level: .fine)))
            }
            if let message = examine(account, needed: used.subtracting(erased.map(\.dataKeyID))) { report(message) }
        }
    }

    /// Returns the ids of the data keys that seal fields of an account's keys, for each account.
    private func dataKeysInUse() throws -> [AccountID: Set<Bytes16>] {
        var accounts: [AccountID: Set<Bytes16>] = [:]
        var last: KeyID?
        while case let page = try ledger.keys.listKeys(for: .commandLine, after: last, limit: Self.pageKeys), let end = page.last {
            for state in page.map(\.key.state) {
                let sealed = [state.sealedName, state.sealedMetadata, state.sealedAllowlist].compactMap { $0?.dataKeyID }
                accounts[state.accountID, default: []].formUnion(sealed)
            }
            // A damaged page can lead round in circles.
            if let last, end.key.state.id <= last { break }
            last = end.key.state.id
        }
        return accounts
    }

    /// Returns what is to be said of an account's data key; `nil` where it is the only one needed, or none is.
    private func examine(_ account: AccountID, needed: Set<Bytes16>) -> ExaminationMessage? {
        let file = ledger.vault.file(of: account)
        let loss = "names and other personal fields of the account cannot be read"
        let found: DataKeyFile?
        do { found = try ledger.vault.found(account) } catch {
            return .note(ExaminationNote("This user may not read the data key \(file): \(loss).", level: .warning))
        }
        switch found {
        case .unreadable:
            return .damage(Finding(position: nil, what: "the data key \(file) is damaged: \(loss); restore the file from a backup"))
        case .dataKey, nil:
            if needed.allSatisfy({ $0 == found?.id }) { return nil }
            let text =
                "The data key of the account \(account) is lost: names and other personal fields of it cannot be read, and the log does not say that it"
                + " was erased (versions before did not record that). Restore vault/ from a backup: \(file)."
            return .note(ExaminationNote(text, level: .warning))
        }
    }
}
