internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// A ledger that is being made: it can be written to, and no other process opens it until `finish`. Interrupted before, the same is begun
/// again by `Ledger.begin`, as often as it takes; nothing of the attempts before is left in the log.
public struct LedgerMaking: Sendable {
    public let ledger: Ledger
    private let lock: FileLock

    fileprivate init(_ ledger: Ledger, _ lock: FileLock) {
        self.ledger = ledger
        self.lock = lock
    }

    /// From here on it is a ledger, durably. To be called when whoever asked for it has been told what is shown once.
    public func finish() throws {
        let tables = ledger.reader.tables
        try ledger.environment.write { try LogMaking.finish(tables, &$0) }
    }
}

extension Ledger {
    /// Makes a ledger in a folder that holds none. Answers it open.
    public static func create(at folder: DataFolder, prefix: String, options: Options = Options()) throws -> Ledger {
        let making = try begin(at: folder, prefix: prefix, options: options)
        try making.finish()
        return making.ledger
    }

    /// Begins a ledger in a folder that holds none, or takes up what was interrupted.
    public static func begin(at folder: DataFolder, prefix: String, options: Options = Options()) throws -> LedgerMaking {
        guard SecretFormat(prefix: prefix) != nil else { throw LedgerError.badPrefix }
        try checkIsFree(folder)
        let clock = options.clock.now()
        guard clock >= ClockWatch.earliest else {
            throw LedgerError.clockInDoubt(path: folder.path, clock: clock, expected: ClockWatch.earliest)
        }
        try folder.make()
        let lock = try folder.lockForMaking()
        // Once more: whoever held the lock before may have made one.
        try checkIsFree(folder)
        let environment = try openEnvironment(folder, options)
        let (log, state) = (LogTables(environment), StateTables(environment))
        try environment.write { transaction in
            // In the vault there may be keys that an interrupted attempt has made: they are used again.
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
        if try folder.holdsWholeLedger() { throw LedgerError.ledgerExists(path: folder.path) }
        switch try folder.making() {
        // It signs nothing, and the keys in the vault may be its own.
        case .initialization?: if try folder.holdsCheckpoints() { throw LedgerError.logGone(path: folder.path) }
        case .bundleImport?: throw LedgerError.unfinishedImport(path: folder.path)
        case nil: if try folder.holdsWhatBelongsToALedger() { throw LedgerError.logGone(path: folder.path) }
        }
    }

    private static func clear(_ environment: Environment, _ transaction: inout WriteTransaction) throws {
        for name in LogTables.names + StateTables.names { try transaction.clear(environment.table(name)) }
    }
}
