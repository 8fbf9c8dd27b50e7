internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Finds out whether a command came before, by the id that its caller gave it, and remembers new ones with their answers.
struct RememberedCommands {
    /// A command that came before.
    struct Earlier {
        /// The answer that it got.
        let answer: RememberedAnswer
        /// The position that the answer reflects.
        let position: UInt64
        /// The time at which it was decided.
        let time: Timestamp
    }

    private let table: CommandTable
    private let vault: Vault

    init(_ reader: LogReader, _ vault: Vault) {
        table = CommandTable(reader.tables)
        self.vault = vault
    }

    /// Returns the command that came before under the same id and with the same content; `nil` where there is none. Throws where the id
    /// was used for another command, or where that can no longer be told. `account` is the caller's; `now` is the time by which
    /// commands are forgotten, `nil` while nothing may be.
    func earlier(
        _ id: CommandID, of account: AccountID, at now: Timestamp?, _ store: StateStore, _ transaction: borrowing WriteTransaction
    ) throws -> Earlier? {
        for key in [id.key(try vault.fingerprintKey(of: account)), id.olderKey].compactMap(\.self) {
            guard let entry = try table.entry(key, at: now, transaction) else { continue }
            guard let answer = RememberedAnswer(entry.answer) else {
                throw LogError.damaged(position: nil, what: "the answer to the command \(id.text) cannot be read; use a new command id")
            }
            switch id.compare(to: entry.content, try vault.fingerprintKey(of: answer.accountID)) {
            case .same: return Earlier(answer: answer, position: entry.position, time: entry.time)
            case .unknown: throw ServiceError.commandIDForgotten
            case .other:
                let isErased = try store.erasures(of: answer.accountID, transaction).contains { $0.position > entry.position }
                throw isErased ? ServiceError.commandIDForgotten : ServiceError.commandIDReused
            }
        }
        // Once the account is erased, it cannot be seen any more which person used the id.
        if let key = id.keyOfAnyPerson, let entry = try table.entry(key, at: now, transaction),
            try store.erasures(of: account, transaction).contains(where: { $0.position >= entry.position })
        {
            throw ServiceError.commandIDForgotten
        }
        return nil
    }

    /// Remembers a command with its answer. `account` is the caller's; `position` is the one that the answer reflects, `next` the one
    /// after the command's last event, `time` that of the decision.
    func remember(
        _ id: CommandID, of account: AccountID, _ answer: RememberedAnswer, at position: UInt64, before next: UInt64,
        decidedAt time: Timestamp, isForgetting: Bool, _ transaction: inout WriteTransaction
    ) throws {
        guard let key = id.key(try vault.fingerprintKey(of: account)) else { return }
        let content = id.fingerprint(try vault.fingerprintKey(of: answer.accountID))
        let entry = CommandTable.Entry(content: content, position: position, answer: answer.bytes, at: time)
        try table.store(key, entry, isForgetting: isForgetting, &transaction)
        if let key = id.keyOfAnyPerson {
            let entry = CommandTable.Entry(content: CommandID.unknown, position: next, answer: [], at: time)
            try table.store(key, entry, isForgetting: isForgetting, &transaction)
        }
    }
}
