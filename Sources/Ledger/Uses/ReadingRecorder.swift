internal import Bytes
internal import Crypto
internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage
internal import Synchronization

/// The kind of data that was read, as a `LogRead` event records it.
public enum ReadingKind: String, Sendable {
    /// Lists of keys, single keys, or the summary of an account.
    case keys
    /// The usage of keys.
    case usage
    /// Events with all fields that could be opened in them.
    case events
    /// Records as the log stores them, with sealed fields left sealed.
    case records
    /// A bundle of the log.
    case bundle
    /// The history of a key.
    case keyHistory = "key_history"
    /// A leak report.
    case leak
    /// The explanation of an event.
    case explanation
}

/// Records who reads data of other accounts, and from where: operators, whose keys and command line see all accounts.
///
/// There is one record per reader, address, kind, account and hour, whichever process reads, so that a client that follows the log does
/// not double it. A reader of more than `maxAccounts` accounts in an hour is recorded as reading of several. The record is written in
/// the background, and no response waits for it: on a full disk it is deferred until there is room, and lost, with a report to the
/// operator, where the process ends before.
final class ReadingRecorder: Sendable {
    /// A caller that reads, and its address.
    private struct Reader: Hashable {
        let actor: Actor
        let label: String?
        let subscriber: IPAddress?
        let kind: ReadingKind
    }

    private struct Hour {
        var number: Int64 = .min
        /// The accounts whose data was read, by reader; `nil` stands for several accounts.
        var readings: [Reader: Set<AccountID?>] = [:]
    }

    /// The length of the hours that are counted from the epoch; a record's memory names the number of its hour.
    static let period = Duration.seconds(3600)
    static let maxAccounts = 8
    private static let maxReaders = 10_000

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

    /// Records a reading, unless it is recorded already. `accounts` are those whose data was in the response.
    func note(_ kind: ReadingKind, of accounts: Set<AccountID>, by caller: Caller) {
        // Other callers see their own account alone. Reading an older copy of a log appends nothing to it.
        guard caller.visibleAccount == nil, standing.problem == nil else { return }
        let others = accounts.filter { !$0.isOperator }
        guard !others.isEmpty else { return }
        let now = clock.now()
        let reader = Reader(actor: caller.actor, label: caller.label, subscriber: caller.address?.subscriber, kind: kind)
        let number = now.second / Self.period.wholeSeconds
        let new = hour.withLock { hour -> AccountID?? in
            if hour.number != number || hour.readings.count >= Self.maxReaders { hour = Hour(number: number) }
            let known = hour.readings[reader, default: []]
            var account = others.count == 1 ? others.first : nil
            if let one = account, !known.contains(one), known.count >= Self.maxAccounts { account = nil }
            return hour.readings[reader, default: []].insert(account).inserted ? .some(account) : nil
        }
        guard case .some(let account) = new else { return }
        record(LogReading(what: kind.rawValue, account: account), reader, number, by: caller)
    }

    private func record(_ reading: LogReading, _ reader: Reader, _ number: Int64, by caller: Caller) {
        let unsealed = Event(keyID: .none, accountID: .operator, actor: caller.actor, body: .logRead(reading))
        let event = (try? vault.sealedIfPossible(unsealed, with: caller.personal)) ?? unsealed
        // The digest is computed with the data key of the account that the record belongs to, since everything about a person is sealed
        // with it.
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
