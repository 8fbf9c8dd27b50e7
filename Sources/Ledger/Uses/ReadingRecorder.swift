internal import Crypto
internal import EventLog
public import KeyEvents
internal import Projections
internal import Storage
internal import Synchronization

/// What somebody read, as it stands in a `LogRead`.
public enum ReadingKind: String, Sendable {
    case keys
    case usage
    case events
    /// As they stand in the log, with what is sealed still sealed.
    case records
    case bundle
    case keyHistory = "key_history"
    case leak
    case explanation
}

/// Records who reads what belongs to accounts other than their own, and from where: operators, whose keys and command line see all.
///
/// There is one record for who, from where, what, whose and hour, whichever process reads, so that whoever follows the log does not double
/// it. Who reads of more than `mostAccounts` accounts in an hour is recorded as reading of several. A record is written beside the answer,
/// which never waits for it: on a full disk it is put off until there is room, and lost, with a word to the operator, where the
/// process ends before.
final class ReadingRecorder: Sendable {
    /// A caller that reads, and from where it does.
    private struct Reader: Hashable {
        let actor: Actor
        let label: String?
        let subscriber: IPAddress?
        let kind: ReadingKind
    }

    private struct Hour {
        var number: Int64 = .min
        /// The accounts whose data were read, by reader; `nil` stands for several.
        var readings: [Reader: Set<AccountID?>] = [:]
    }

    static let hourSeconds: Int64 = 3600
    static let mostAccounts = 8
    private static let mostReaders = 10_000

    private let clock: LedgerClock
    private let writer: LedgerWriter
    private let vault: Vault
    private let standing: LogStanding
    private let tables: LogTables
    private let report: @Sendable (String) -> Void
    private let hour = Mutex(Hour())

    init(
        clock: LedgerClock, writer: LedgerWriter, vault: Vault, standing: LogStanding, tables: LogTables,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.clock = clock
        self.writer = writer
        self.vault = vault
        self.standing = standing
        self.tables = tables
        self.report = report
    }

    /// Records a reading, unless it is recorded already. `accounts` are those whose data were in the answer.
    func note(_ kind: ReadingKind, of accounts: Set<AccountID>, by caller: Caller) {
        // Other callers see their own account alone. An older copy of a log is not written on by being looked at.
        guard caller.visibleAccount == nil, standing.problem == nil else { return }
        let others = accounts.filter { !$0.isOperator }
        guard !others.isEmpty else { return }
        let now = clock.now()
        let reader = Reader(actor: caller.actor, label: caller.label, subscriber: caller.address?.subscriber, kind: kind)
        let number = now.second / Self.hourSeconds
        let new = hour.withLock { hour -> AccountID?? in
            if hour.number != number || hour.readings.count >= Self.mostReaders { hour = Hour(number: number) }
            let known = hour.readings[reader, default: []]
            var account = others.count == 1 ? others.first : nil
            if let one = account, !known.contains(one), known.count >= Self.mostAccounts { account = nil }
            return hour.readings[reader, default: []].insert(account).inserted ? .some(account) : nil
        }
        guard case .some(let account) = new else { return }
        record(LogReading(what: kind.rawValue, account: account), reader, number, by: caller)
    }

    private func record(_ reading: LogReading, _ reader: Reader, _ number: Int64, by caller: Caller) {
        let unsealed = Event(keyID: .none, accountID: .operator, actor: caller.actor, body: .logRead(reading))
        let event = (try? vault.sealedIfPossible(unsealed, with: caller.personal)) ?? unsealed
        // Under the data key of the account it stands under, as everything of a person.
        let parts = [
            "reading/", caller.actor.kind.rawValue, caller.actor.id, caller.label ?? "", reader.subscriber?.description ?? "", reading.what,
            reading.account?.description ?? "", String(number),
        ]
        let memory = (try? vault.keyedDigest(of: parts, account: .operator)) ?? nil
        writer.enqueue(
            ReadingJob(event, memory: memory, CommandTable(tables)) { [report] error in
                report("That \(caller.actor.id) read \(reading.what) could not be recorded: \(error)")
            })
    }
}

extension Ledger {
    /// To be called with what is about to be shown to somebody, so that it is on record who read what belongs to others.
    ///
    /// - Parameters:
    ///   - kind: what was read.
    ///   - accounts: whose data are in the answer. Those of the account operator are no others'.
    ///   - caller: who reads.
    public func noteReading(_ kind: ReadingKind, of accounts: some Sequence<AccountID>, by caller: Caller) {
        guard caller.visibleAccount == nil else { return }
        readings.note(kind, of: Set(accounts), by: caller)
    }

    /// As above, of everything that a filter lets through.
    public func noteReading(_ kind: ReadingKind, of filter: EventFilter, by caller: Caller) throws {
        guard caller.visibleAccount == nil else { return }
        if let account = try filter.account ?? filter.key.flatMap({ try key($0)?.accountID }) {
            return noteReading(kind, of: [account], by: caller)
        }
        noteReading(kind, of: try someAccounts(), by: caller)
    }

    /// Two of the accounts that have keys, or all where there are not so many: enough to tell whether there are others than the operator's.
    private func someAccounts() throws -> Set<AccountID> {
        var accounts: Set<AccountID> = []
        var last: KeyID?
        while accounts.count(where: { !$0.isOperator }) < 2 {
            let previous = last
            let page = try environment.read { transaction in
                try StateView(stateTables, transaction).store.keys(of: nil, after: previous, limit: 1000, transaction)
            }
            guard let end = page.last else { break }
            accounts.formUnion(page.map(\.accountID))
            last = end.id
        }
        return accounts
    }
}
