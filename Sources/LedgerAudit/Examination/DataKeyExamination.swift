internal import KeyEvents
internal import Ledger
internal import Projections

/// Examines the data key of each account, without which names and other personal fields cannot be read.
struct DataKeyExamination {
    private let ledger: Ledger

    init(_ ledger: Ledger) { self.ledger = ledger }

    func run(_ report: (ExaminationMessage) -> Void) throws {
        for file in try ledger.vault.unfinishedErasures() {
            let what =
                "\(file) is a data key that was to be erased, and could not be: what was to be erased can still be read. It is tried again whenever"
                + " the ledger is opened"
            report(.damage(Finding(position: nil, what: what)))
        }
        let needs = try ledger.dataKeyNeeds()
        for account in needs.accounts {
            if let last = try ledger.accounts.erasures(of: account).map(\.recordedAt).max() {
                let text =
                    "The account \(account) was erased on \(last): names and other personal fields recorded before cannot be read, as was meant."
                report(.note(ExaminationNote(text, level: .fine)))
            }
            if let message = try examine(account, needs) { report(message) }
        }
    }

    /// Returns what is to be said of an account's data key; `nil` where it is the only one needed, or none is.
    private func examine(_ account: AccountID, _ needs: DataKeyNeeds) throws -> ExaminationMessage? {
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
            if try ledger.lostDataKeys(of: account, needs).isEmpty { return nil }
            let text =
                "The data key of the account \(account) is lost: names and other personal fields of it cannot be read, and the log does not say that it"
                + " was erased (versions before did not record that). Restore vault/ from a backup: \(file). If there is none, say that they are given up:"
                + " keyledger accounts erase."
            return .note(ExaminationNote(text, level: .warning))
        }
    }
}
