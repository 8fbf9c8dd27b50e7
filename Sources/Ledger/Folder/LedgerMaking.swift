internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// A ledger that is being made: it can be written to, and no other process opens it until `finish`. After an interruption
/// `Ledger.begin` begins the same ledger again, as often as it takes; the log keeps nothing of the earlier attempts.
public struct LedgerMaking: Sendable {
    /// The ledger, open.
    public let ledger: Ledger
    private let lock: FileLock

    fileprivate init(_ ledger: Ledger, _ lock: FileLock) {
        self.ledger = ledger
        self.lock = lock
    }

    /// Completes the ledger, durably. To be called once the person who asked for it was shown what is shown only once.
    ///
    /// - Throws: the errors of writing the log.
    public func finish() throws {
        let tables = ledger.reader.tables
        try ledger.environment.write { try LogMaking.finish(tables, &$0) }
    }
}

extension Ledger {
    /// Makes a ledger in a folder that holds none.
    ///
    /// - Parameters:
    ///   - folder: the data folder; it is made where it is missing.
    ///   - prefix: the prefix of the ledger's secrets: 1 to 16 lowercase letters or digits that begin with a letter.
    ///   - options: how the ledger is opened and run.
    /// - Returns: the open ledger.
    /// - Throws: `LedgerError` where the prefix is not allowed, the folder holds a ledger or parts of one, or the clock is wrong; the
    ///   errors of writing the folder.
    public static func create(at folder: DataFolder, prefix: String, options: Options = Options()) throws -> Ledger {
        let making = try begin(at: folder, prefix: prefix, options: options)
        try making.finish()
        return making.ledger
    }

    /// Begins a ledger in a folder that holds none, or resumes one whose making was interrupted.
    ///
    /// - Parameters:
    ///   - folder: the data folder; it is made where it is missing.
    ///   - prefix: the prefix of the ledger's secrets: 1 to 16 lowercase letters or digits that begin with a letter.
    ///   - options: how the ledger is opened and run.
    /// - Returns: the ledger, which is complete after `LedgerMaking.finish`.
    /// - Throws: `LedgerError` where the prefix is not allowed, the folder holds a ledger or parts of one, or the clock is wrong; the
    ///   errors of writing the folder.
    public static func begin(at folder: DataFolder, prefix: String, options: Options = Options()) throws -> LedgerMaking {
        guard SecretFormat(prefix: prefix) != nil else { throw LedgerError.badPrefix }
        try checkIsFree(folder)
        let clock = options.clock.now()
        guard clock >= ClockWatch.earliest else {
            throw LedgerError.clockInDoubt(path: folder.path, clock: clock, expected: ClockWatch.earliest)
        }
        try folder.make()
        let lock = try folder.lockForMaking()
        // The check is repeated under the lock: the process that held it before may have made a ledger.
        try checkIsFree(folder)
        let environment = try openEnvironment(folder, options)
        let (log, state) = (LogTables(environment), StateTables(environment))
        try environment.write { transaction in
            // The vault may hold keys that an interrupted attempt has made: they are used again.
            if try LogMeta.making.bytes(log, transaction) != nil { try clear(environment, &transaction) }
            guard try LogReader.next(log, transaction) == 0 else { throw LedgerError.unfinishedImport(path: folder.path) }
            try LogMaking.initialization.set(log, &transaction)
            try LogMeta.logID.set(options.randomness.bytes(16), log, &transaction)
            try LogMeta.firstPosition.set(UInt64(0).bigEndianBytes, log, &transaction)
            try LogMeta.keyPrefix.set(Array(prefix.utf8), log, &transaction)
            try LogMeta.lineage.set([], log, &transaction)
            try LogMeta.succession.set([], log, &transaction)
            try LogMeta.features.set([], log, &transaction)
            try state.markVersion(&transaction)
        }
        let ledger = try Ledger(folder, environment, options)
        _ = try ledger.signing.signer()
        return LedgerMaking(ledger, lock)
    }

    private static func checkIsFree(_ folder: DataFolder) throws {
        if let ledger = folder.enclosingLedger { throw LedgerError.insideLedger(path: folder.path, ledger: ledger) }
        if try folder.holdsWholeLedger() { throw LedgerError.ledgerExists(path: folder.path) }
        switch try folder.making() {
        // An interrupted initialization signs nothing, and the keys in the vault may be its own.
        case .initialization?: if try folder.holdsCheckpoints() { throw LedgerError.logGone(path: folder.path) }
        case .bundleImport?: throw LedgerError.unfinishedImport(path: folder.path)
        case nil: if try folder.holdsWhatBelongsToALedger() { throw LedgerError.logGone(path: folder.path) }
        }
    }

    private static func clear(_ environment: Environment, _ transaction: inout WriteTransaction) throws {
        for name in LogTables.names + StateTables.names { try transaction.clear(environment.table(name)) }
    }
}
