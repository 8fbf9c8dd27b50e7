internal import Bytes
package import EventLog
internal import Glibc
internal import KeyEvents
package import Projections
public import Storage
internal import Validation

/// An open data folder: commands, verdicts, uses, and queries. Several processes may have the same folder open.
public final class Ledger: Sendable {
    /// How a ledger is opened and run.
    public struct Options: Sendable {
        /// The way in which uses are recorded: when the caller of a verification is answered, and what a record holds.
        public var recording: UseRecording
        /// The clocks that the ledger reads.
        public var clock: LedgerClock
        /// The source of random bits for secrets, ids and data keys.
        public var randomness: Randomness
        /// The storage options of the files in `ledger/`; tests make them small to see them grow.
        public var storage: Environment.Options
        /// How often a checkpoint of the new records is signed while `Maintenance.run` runs; one is also signed when the ledger is
        /// closed. `nil`: checkpoints are signed on request alone.
        public var checkpointInterval: Duration?
        /// How many queries run and wait at once, and for how long.
        public var questions = FairLimits.questions
        /// How long the upgrade of a ledger of an older format waits until others have closed it. Tests make it small.
        var takeOnWait = Deadline.maxLockWait
        /// How often the views keep a snapshot of usage. Tests make the intervals small to see many.
        var snapshots = UsageSnapshots()
        /// Called with a plain sentence about a failure that no caller waits for.
        public var report: @Sendable (String) -> Void
        /// Called with a plain sentence about what unknown clients do, at a bounded rate.
        public var notice: @Sendable (String) -> Void

        /// Makes options; every parameter has a default.
        ///
        /// - Parameters:
        ///   - recording: when the caller of a verification is answered, and how uses are recorded.
        ///   - clock: the clocks that the ledger reads.
        ///   - randomness: the source of random bits.
        ///   - storage: the storage options of the files in `ledger/`.
        ///   - checkpointInterval: how often a checkpoint is signed; `nil`: on request alone.
        ///   - report: called with a plain sentence about a failure that no caller waits for.
        ///   - notice: called with a plain sentence about what unknown clients do, at a bounded rate.
        public init(
            recording: UseRecording = .durable, clock: LedgerClock = .system, randomness: Randomness = .system,
            storage: Environment.Options = .init(), checkpointInterval: Duration? = nil,
            report: @escaping @Sendable (String) -> Void = { _ in },
            notice: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.notice = notice
            self.recording = recording
            self.clock = clock
            self.randomness = randomness
            self.storage = storage
            self.checkpointInterval = checkpointInterval
            self.report = report
        }
    }

    /// The data folder.
    public let folder: DataFolder
    /// The prefix of the ledger's secrets.
    public let prefix: String
    /// Reads the log.
    package let reader: LogReader
    let validator: Validator
    /// The tables of the current state.
    package let stateTables: StateTables
    /// The derived views: usage, histories, changed keys.
    let views: Views
    package let options: Options
    package let environment: Environment
    package let vault: Vault
    let dataKeyWatch: DataKeyWatch
    package let signing: LogSigning
    package let standing = LogStanding()
    let watch: ClockWatch
    let sequencer: any Sequencer
    /// The head of the log that this process has seen last.
    let continuity: LogContinuity
    let writer: LedgerWriter
    let aggregator: UseAggregator
    let recorder: UseRecorder
    let readingRecorder: ReadingRecorder
    /// Decides when expiries are recorded.
    let sweep: ExpirySweep
    let knownEnvironments = KnownEnvironments()
    /// Notifies callers that wait for the next record.
    let appendNotifier: AppendNotifier
    /// The threads of work that callers must not wait for in the threads that answer them.
    public let lanes: Lanes
    /// What the modules above keep beside the ledger.
    package let attached = AttachedValues()

    /// Opens a ledger.
    ///
    /// - Parameters:
    ///   - folder: the data folder.
    ///   - options: how the ledger is opened and run.
    /// - Returns: the open ledger.
    /// - Throws: `LedgerError` where the folder holds no ledger, or one that cannot be used; `LogError.newerVersion` for a ledger of a
    ///   newer format; the errors of reading the log.
    public static func open(_ folder: DataFolder, options: Options = Options()) throws -> Ledger {
        try folder.check(report: options.report)
        guard let identity = try LogMeta.identity(path: folder.ledger) else { throw folder.absence() }
        guard identity.format <= LogMeta.currentFormat else {
            throw LogError.newerVersion(found: identity.format, known: LogMeta.currentFormat)
        }
        try LogMeta.checkFeatures(identity.features)
        let environment = try openEnvironment(folder, options)
        if identity.format < LogMeta.currentFormat { try takeOn(environment, folder, options) }
        let ledger = try Ledger(folder, environment, options)
        do { try ledger.vault.tidyUp() } catch { options.report("\(error)") }
        try ledger.rebuildOutdatedState()
        ledger.accounts.finishErasures()
        ledger.holdAgainstCheckpoints()
        return ledger
    }

    /// Upgrades a ledger of an older format to the current one, while no other process has it open: an older program would go on
    /// writing rows of its own format.
    private static func takeOn(_ environment: Environment, _ folder: DataFolder, _ options: Options) throws {
        do {
            try environment.alone(until: .after(options.takeOnWait)) {
                try addChecks(environment)
                try environment.write { try LogMeta.format.set(LogMeta.currentFormat.bigEndianBytes, LogTables(environment), &$0) }
            }
        } catch StorageError.lockHeld(_, let holder) {
            // Several processes may start at once: another one of this version may have upgraded the ledger already.
            let tables = LogTables(environment)
            let isDone = try environment.read { try LogMeta.format.bytes(tables, $0) } == LogMeta.currentFormat.bigEndianBytes
            if !isDone { throw LedgerError.openElsewhere(path: folder.path, process: holder.map(\.description) ?? "another process") }
        }
    }

    /// Adds checksums to the rows of a ledger of format 1, which have none.
    private static func addChecks(_ environment: Environment) throws {
        let tables = LogTables(environment)
        if try environment.read({ try $0.get(LogMeta.format.copyKey.span, in: tables.meta) != nil }) { return }
        try CommandTable.addChecks(tables, in: environment)
        try environment.write { transaction in
            // Another process may have added them meanwhile.
            guard try transaction.get(LogMeta.format.copyKey.span, in: tables.meta) == nil else { return }
            try LogMeta.addChecks(tables, &transaction)
        }
    }

    /// Rebuilds state tables that another version of the program laid out, before anything reads them.
    private func rebuildOutdatedState() throws {
        func isCurrent() throws -> Bool { try environment.read { try stateTables.isOfThisVersion($0) } }
        if try isCurrent() { return }
        let lock = try FileLock(path: folder.ledger + "/replay.lock")
        try lock.lockWhileHolderRuns()
        defer { lock.unlock() }
        if try isCurrent() { return }
        options.report("The state was written by another version; it is rebuilt from the log.")
        _ = try StateRebuild(reader, stateTables).run { _ in }
    }

    /// Reads the format of a folder's ledger before the tables of this version are made: a folder of a newer version stays as it is.
    static func format(_ folder: DataFolder) throws -> UInt32? { try LogMeta.identity(path: folder.ledger)?.format }

    package static func openEnvironment(_ folder: DataFolder, _ options: Options) throws -> Environment {
        try Environment(path: folder.ledger, tables: LogTables.names + StateTables.names, options: options.storage)
    }

    init(_ folder: DataFolder, _ environment: Environment, _ options: Options) throws {
        self.folder = folder
        self.options = options
        self.environment = environment
        let reader = LogReader(environment)
        self.reader = reader
        let tables = reader.tables
        prefix = try environment.read { String(decoding: try LogMeta.keyPrefix.bytes(tables, $0) ?? [], as: UTF8.self) }
        stateTables = StateTables(environment)
        vault = Vault(path: folder.vault, randomness: options.randomness, clock: options.clock, report: options.report)
        dataKeyWatch = DataKeyWatch(report: options.report)
        signing = try LogSigning(reader, folder, vault)
        validator = Validator(environment, prefix: prefix, decryptor: vault)
        views = Views(path: folder.views, reader: reader, snapshots: options.snapshots)
        watch = try ClockWatch(options.clock, reader, path: folder.path)
        let sequencer = EmbeddedSequencer(environment, time: { [watch] in watch.time(after: $0) })
        self.sequencer = sequencer
        continuity = sequencer.continuity
        writer = try LedgerWriter(sequencer, watch)
        aggregator = UseAggregator(clock: options.clock, vault: vault)
        recorder = UseRecorder(
            mode: options.recording, writer: writer, aggregator: aggregator, vault: vault, watch: watch,
            unknownKeys: UnknownKeys(clock: options.clock, report: options.notice), report: options.report)
        readingRecorder = ReadingRecorder(
            clock: options.clock, writer: writer, vault: vault, standing: standing, tables: reader.tables, report: options.report)
        sweep = ExpirySweep(clock: options.clock)
        appendNotifier = AppendNotifier(reader, options.clock)
        lanes = Lanes(questions: options.questions)
    }

    /// Records everything that was accepted, waits until it is durable, and closes the ledger: nothing can be recorded afterwards.
    /// Where another process holds a lock, this waits for a few seconds; an acknowledged use that still cannot be recorded is passed to
    /// `Options.report`. This process can open the folder again as soon as nothing in it refers to this ledger any more.
    public func close() {
        recorder.close()
        // A checkpoint that is not signed now is signed at the next start.
        if options.checkpointInterval != nil { signOnSchedule(until: .after(.seconds(1))) }
    }
}
