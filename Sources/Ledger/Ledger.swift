public import EventLog
internal import Glibc
public import KeyEvents
public import Projections
public import Storage
internal import Synchronization
public import Validation

/// One data folder, open: commands, validations, uses, questions. Several processes may have the same folder open.
public final class Ledger: Sendable {
    public struct Options: Sendable {
        public var recording: UseRecording
        public var clock: LedgerClock
        public var randomness: Randomness
        /// Of the files in `ledger/`; tests make them small to see them grow.
        public var storage: Environment.Options
        /// Signs a checkpoint of what has come that often, in seconds, while `keepUp` runs, and when the ledger is closed.
        /// `nil`: only when asked.
        public var checkpointSeconds: Int64?
        /// How many questions are taken on at once, and for how long.
        public var questions = FairLimits.questions
        /// In milliseconds: how long a ledger of an older format waits for others to close it. Tests make it small.
        var takeOnWait = Deadline.longestLockWait
        /// Tests make the intervals small to see many.
        var snapshots = UsageSnapshots()
        /// Called with a plain sentence when something went wrong that nobody waits for.
        public var report: @Sendable (String) -> Void
        /// Called with a plain sentence about what strangers do, at a bounded rate.
        public var notice: @Sendable (String) -> Void

        public init(
            recording: UseRecording = .durable, clock: LedgerClock = .system, randomness: Randomness = .system,
            storage: Environment.Options = .init(), checkpointSeconds: Int64? = nil,
            report: @escaping @Sendable (String) -> Void = { _ in },
            notice: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.notice = notice
            self.recording = recording
            self.clock = clock
            self.randomness = randomness
            self.storage = storage
            self.checkpointSeconds = checkpointSeconds
            self.report = report
        }
    }

    public let folder: DataFolder
    public let prefix: String
    public let reader: LogReader
    /// Verdicts alone: whoever asks it records nothing.
    public let validator: Validator
    public let stateTables: StateTables
    public let views: Views
    let options: Options
    let environment: Environment
    let vault: Vault
    let signing: LogSigning
    let standing = LogStanding()
    let watch: ClockWatch
    let sequencer: any Sequencer
    let writer: LedgerWriter
    let aggregator: UseAggregator
    let recorder: UseRecorder
    let readings: ReadingRecorder
    public let sweep: ExpirySweep
    let directory: KeyDirectory
    let knownEnvironments = KnownEnvironments()
    /// Wakes those who wait for the next record.
    public let tail: LogTail
    /// Where everything runs that callers must not wait for in the threads that answer them.
    public let lanes: Lanes
    /// Held while the log is searched for a secret, which takes long: many who ask at once wait for each other.
    let secretSearch = Mutex<Void>(())

    /// Opens the ledger in `folder`.
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
        try ledger.renewState()
        ledger.finishErasures()
        ledger.holdAgainstCheckpoints()
        return ledger
    }

    /// A ledger of an older format gets the current one, while nobody else has it open: a program of that time would go on writing rows
    /// as it knows them.
    private static func takeOn(_ environment: Environment, _ folder: DataFolder, _ options: Options) throws {
        do {
            try environment.alone(until: .after(milliseconds: options.takeOnWait)) {
                try addChecks(environment)
                try environment.write { try LogMeta.format.set(LogMeta.currentFormat.bigEndianBytes, LogTables(environment), &$0) }
            }
        } catch StorageError.lockHeld(_, let holder) {
            // Several that start at once: another of this version may have been faster.
            let tables = LogTables(environment)
            let isDone = try environment.read { try LogMeta.format.bytes(tables, $0) } == LogMeta.currentFormat.bigEndianBytes
            if !isDone { throw LedgerError.openElsewhere(path: folder.path, process: holder.map(\.description) ?? "another process") }
        }
    }

    /// A ledger of format 1, whose rows have no checks, gets them.
    private static func addChecks(_ environment: Environment) throws {
        let tables = LogTables(environment)
        if try environment.read({ try $0.get(LogMeta.format.copyKey.span, in: tables.meta) != nil }) { return }
        try CommandTable.addChecks(tables, in: environment)
        try environment.write { transaction in
            // Another process may have been faster.
            guard try transaction.get(LogMeta.format.copyKey.span, in: tables.meta) == nil else { return }
            try LogMeta.addChecks(tables, &transaction)
        }
    }

    /// State that another version of the program laid out is rebuilt from the log before anybody looks into it.
    private func renewState() throws {
        func isCurrent() throws -> Bool { try environment.read { try stateTables.isOfThisVersion($0) } }
        if try isCurrent() { return }
        let lock = try FileLock(path: folder.ledger + "/replay.lock")
        try lock.lockWhileHolderRuns()
        defer { lock.unlock() }
        if try isCurrent() { return }
        options.report("The state was written by another version; it is rebuilt from the log.")
        _ = try StateRebuild(reader, stateTables).run { _ in }
    }

    /// Read before the tables that this version knows are made: a folder of a newer version is left as it is.
    static func format(_ folder: DataFolder) throws -> UInt32? { try LogMeta.identity(path: folder.ledger)?.format }

    static func openEnvironment(_ folder: DataFolder, _ options: Options) throws -> Environment {
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
        vault = Vault(path: folder.vault, randomness: options.randomness, report: options.report)
        signing = try LogSigning(reader, folder, vault)
        validator = Validator(environment, prefix: prefix, opener: vault)
        views = Views(path: folder.views, reader: reader, snapshots: options.snapshots)
        watch = try ClockWatch(options.clock, reader, path: folder.path)
        sequencer = EmbeddedSequencer(environment, time: { [watch] in watch.time(after: $0) })
        writer = try LedgerWriter(sequencer, watch)
        aggregator = UseAggregator(clock: options.clock, vault: vault)
        recorder = UseRecorder(
            mode: options.recording, writer: writer, aggregator: aggregator, vault: vault, watch: watch,
            unknownKeys: UnknownKeys(clock: options.clock, report: options.notice), report: options.report)
        readings = ReadingRecorder(
            clock: options.clock, writer: writer, vault: vault, standing: standing, tables: reader.tables, report: options.report)
        sweep = ExpirySweep(clock: options.clock)
        directory = KeyDirectory(reader, stateTables, views, vault)
        tail = LogTail(reader, options.clock)
        lanes = Lanes(questions: options.questions)
    }

    /// The ledger's time: the later of the clock and the newest record, and while the clock is doubted, what it should say.
    public var now: Timestamp { watch.now }

    /// For measuring; never set, never back.
    public var monotonicMicroseconds: Int64 { options.clock.monotonicMicroseconds() }

    public func randomWord() -> UInt64 { options.randomness.word() }

    /// The position of the last record; `nil` for an empty log.
    public func lastPosition() throws -> UInt64? {
        let next = try environment.read { try reader.next($0) }
        return next == 0 ? nil : next - 1
    }

    /// Why uses cannot be recorded; `nil` when they can be. Looks again whether what was in the way has gone.
    public var recordingProblem: LedgerError? {
        writer.retryIfRecovered()
        return standing.problem ?? standing.damage(stateSet: stateSet) ?? watch.problem ?? writer.problem
    }

    /// Why the log is not the newest copy that is known of; `nil`: it is.
    public var copyProblem: LedgerError? { standing.problem }

    /// Which state tables are in force; `nil` where that cannot be read.
    var stateSet: Int? { try? environment.read { try stateTables.currentNumber($0) } }

    /// Keeps damage in mind, for whoever asks whether the ledger is ready.
    func noting<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch {
            standing.note(error, stateSet: stateSet)
            throw error
        }
    }

    /// Whether uses can be recorded: false when the disk is full.
    public var canRecordUses: Bool { recordingProblem == nil }

    /// Of the files in `ledger/`.
    public var storage: EnvironmentInformation { environment.information }

    /// Whether there is, or can be made, the room that lets lifecycle commands be recorded on a full disk.
    public var hasReserve: Bool { environment.ensureRoom(LedgerWriter.reserve) }

    /// Records everything that was accepted and waits until it is durable. Nothing can be recorded afterwards. Where another process keeps
    /// a lock, that is waited for a few seconds; what was answered and cannot be recorded is told to `Options.report`.
    public func close() {
        recorder.close()
        // What is not signed now is signed at the next start.
        if options.checkpointSeconds != nil { signOnSchedule(until: .after(milliseconds: 1_000)) }
    }
}
