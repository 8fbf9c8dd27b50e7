internal import EventLog
internal import Foundation
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Storage

/// A ledger made for measuring: `data/` is the data folder, `secrets` the list of its keys' secrets, one a line and all of one
/// length.
struct BenchLedger {
    static let prefix = "lhql"

    let folder: String

    var data: DataFolder { DataFolder(path: folder + "/data") }

    /// A new ledger with `count` keys of 1,000 accounts.
    ///
    /// Not by way of `Ledger.createKey`, whose calls would each wait for a commit: events and state are written as a turn of the
    /// writer writes them, some thousand keys a turn, through the same `BatchAppender` and `StateStore`. The keys have no names, so
    /// nothing is sealed: the validation index holds no names anyway.
    func make(keys count: Int, now: @escaping @Sendable () -> Timestamp = LedgerClock.system.now) throws -> (Ledger, [KeyID]) {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let format = SecretFormat(prefix: Self.prefix) else { throw Failure("the prefix is no prefix") }
        let ledger = try Ledger.create(at: data, prefix: Self.prefix)
        let sequencer = EmbeddedSequencer(ledger.log.reader.environment, now: now)
        var generator = SplitMix64(seed: 1)
        var secrets = ""
        var ids: [KeyID] = []
        while ids.count < count {
            let time = now()
            let events = (ids.count..<min(ids.count + 5000, count)).map { number in
                let secret = format.make(environment: "live") { UInt8(truncatingIfNeeded: generator.next()) }
                secrets += secret.reveal() + "\n"
                return Self.created(secret, number: number, at: time, &generator)
            }
            try append(events, sequencer, StateTables(ledger.log.reader.environment))
            ids += events.map(\.keyID)
        }
        try write(secrets)
        return (ledger, ids)
    }

    private static let systems = ["Property Sync", "CRM Integration", "Channel Manager", "Reporting Script", "Price Feed"]

    /// A new ledger with `count` keys of `accounts` accounts, made as a person's are: each has a name, which is sealed, and its account a
    /// data key, under which is sealed where uses come from.
    func makeNamed(keys count: Int, accounts: Int) async throws -> (Ledger, [KeyID]) {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let ledger = try Ledger.create(at: data, prefix: Self.prefix)
        typealias Made = (id: KeyID, secret: String)
        let made = try await withThrowingTaskGroup(of: Made.self) { group in
            var made: [Made] = []
            for number in 0..<count {
                if number >= 1024, let key = try await group.next() { made.append(key) }
                group.addTask {
                    let key = CreateKey(
                        name: "\(Self.systems[number % Self.systems.count]) \(number)", account: AccountID("agency-\(number % accounts)"),
                        scopes: ["listings:read"])
                    let created = try await ledger.commands.createKey(key, by: .commandLine)
                    guard let secret = created.secret else { throw Failure("a key was made before") }
                    return (created.outcome.key.state.id, secret.reveal())
                }
            }
            for try await key in group { made.append(key) }
            return made
        }
        try write(made.map { $0.secret + "\n" }.joined())
        return (ledger, made.map(\.id))
    }

    private func write(_ secrets: String) throws {
        try Data(secrets.utf8).write(to: URL(fileURLWithPath: folder + "/secrets"))
    }

    private static func created(_ secret: Secret, number: Int, at time: Timestamp, _ generator: inout SplitMix64) -> Event {
        let record = SecretRecord(
            id: 1, digest: SecretFormat.digest(secret.reveal().utf8.span), hint: SecretFormat.hint(of: secret))
        return Event(
            keyID: KeyID(at: time, random: (generator.next(), generator.next())), accountID: AccountID(trusted: "agency-\(number % 1000)"),
            recordedAt: time, actor: .commandLine,
            body: .created(
                .init(
                    environment: "live", secret: record, scopes: ["listings:read", "listings:write"], permissions: [], expiresAt: nil)))
    }

    /// One turn.
    func append(_ events: [Event], _ sequencer: EmbeddedSequencer, _ tables: StateTables) throws {
        try sequencer.transact { transaction, appender in
            let store = StateStore(try tables.current(transaction))
            for var event in events {
                event.recordedAt = appender.recordedAt
                let position = try appender.append(event, &transaction)
                if event.body.isLifecycle { try store.apply(event, at: position, &transaction) }
            }
        }
    }

    /// The secrets, one after the other, each followed by a line break; `width` bytes each, the break included.
    func secrets() throws -> (bytes: [UInt8], width: Int) {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/secrets")))
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")), bytes.count % (end + 1) == 0 else {
            throw Failure("\(folder) holds no list of secrets; make one with: bench make-keys")
        }
        return (bytes, end + 1)
    }
}
