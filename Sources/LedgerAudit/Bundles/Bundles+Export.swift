internal import Bytes
internal import EventLog
public import KeyEvents
internal import Ledger
internal import Projections
internal import Storage

/// The records that are to be exported; where nothing is set, the whole log.
public struct ExportFilter: Equatable, Sendable {
    /// The first position of the range.
    public var from: UInt64?
    /// The position after the last one.
    public var to: UInt64?
    /// The account of the records.
    public var account: AccountID?
    /// The key of the records.
    public var key: KeyID?

    /// Makes a filter.
    ///
    /// - Parameters:
    ///   - from: the first position.
    ///   - to: the position after the last one.
    ///   - account: the account of the records.
    ///   - key: the key of the records.
    public init(from: UInt64? = nil, to: UInt64? = nil, account: AccountID? = nil, key: KeyID? = nil) {
        self.from = from
        self.to = to
        self.account = account
        self.key = key
    }

    /// Whether the filter selects the whole log.
    public var isEmpty: Bool { self == ExportFilter() }
}

extension Bundles {
    /// Writes the log, or a part of it, as a bundle (`BundleLine`) of everything that is durable now. Appends continue during the
    /// export.
    ///
    /// - Parameters:
    ///   - filter: the records that are exported.
    ///   - progress: called with how many of how many records have been read.
    ///   - sink: called with pieces of the bundle, of some megabytes at most, in their order.
    /// - Throws: `LedgerError` where the log is not the newest copy; the errors of reading the log and the views and of signing; what
    ///   `sink` throws.
    public func exportBundle(
        _ filter: ExportFilter = ExportFilter(), progress: (UInt64, UInt64) -> Void = { _, _ in }, sink: @escaping ([UInt8]) throws -> Void
    ) throws {
        let (notes, isSigned) = try signedNotes()
        let tree = try exportedTree(isSigned ? notes.last : nil)
        var writer = BundleWriter(sink: sink)
        let wanted =
            filter.isEmpty
            ? nil
            : BundleHeader.Filter(
                from: filter.from, to: filter.to, account: filter.account?.description, key: filter.key?.description)
        try writer.write(
            .header(
                BundleHeader(
                    kind: filter.isEmpty ? .whole : .part, origin: ledger.log.origin, logID: try ledger.reader.logID(),
                    keyPrefix: ledger.prefix,
                    requires: try neededFeatures(),
                    verifierKey: isSigned ? try ledger.log.knownVerifier()?.description : nil, size: tree.size, root: tree.root,
                    filter: wanted)))
        let merkle = MerkleTree(ledger.reader)
        for note in notes {
            guard let checkpoint = Checkpoint(text: note.text) else { continue }
            let proof =
                try filter.isEmpty ? nil : ledger.environment.read { try merkle.consistencyProof(from: checkpoint.size, to: tree.size, $0) }
            try writer.write(.checkpoint(note: note.description, consistency: proof))
        }
        let end = min(tree.size, filter.to ?? .max)
        // A part also holds the records by which the log came to its origin.
        var steps = try filter.isEmpty ? [] : ledger.log.identity().succession.steps.map(\.position).filter { $0 < tree.size }
        func writeSteps(before position: UInt64, _ transaction: borrowing ReadTransaction) throws {
            while let step = steps.first, step < position {
                steps.removeFirst()
                guard let record = try ledger.reader.record(at: step, transaction) else { throw LogError.missing(position: step) }
                try writer.write(
                    .record(position: step, record: record, proof: merkle.inclusionProof(of: step, in: tree.size, transaction)))
            }
        }
        try forEachRecord(filter, to: end, progress: progress) { position, record, transaction in
            try writeSteps(before: position, transaction)
            if steps.first == position { steps.removeFirst() }
            let proof = try filter.isEmpty ? nil : merkle.inclusionProof(of: position, in: tree.size, transaction)
            try writer.write(.record(position: position, record: record, proof: proof))
        }
        try ledger.environment.read { try writeSteps(before: .max, $0) }
        progress(end, end)
        try writer.finish()
    }

    private func neededFeatures() throws -> [String] {
        try ledger.environment.read { try LogMeta.neededFeatures(ledger.reader.tables, $0) }
    }

    /// Every checkpoint, the newest of which covers everything durable now. Where the signing key is missing or another one, the
    /// checkpoints that exist; the bundle then still holds every record, and names no key unless the newest checkpoint covers them all.
    private func signedNotes() throws -> (notes: [SignedNote], isSigned: Bool) {
        var problem: LedgerError?
        do { try ledger.log.signCheckpoint() } catch let error as LedgerError {
            guard LogSigning.isKeyProblem(error) else { throw error }
            problem = error
        }
        let notes = try ledger.log.checkpoints.sizes().compactMap { try ledger.log.checkpoints.note($0) }
        guard let problem else { return (notes, true) }
        let (signed, size) = (notes.last.flatMap { Checkpoint(text: $0.text)?.size }, try ledger.log.lastPosition().map { $0 + 1 } ?? 0)
        if signed == size, (try? ledger.log.knownVerifier()) != nil { return (notes, true) }
        ledger.options.report(
            "\(problem) The export names no key, and its records\(signed.map { " from position \($0) on" } ?? "") are signed by nobody.")
        return (notes, false)
    }

    private func exportedTree(_ newest: SignedNote?) throws -> (size: UInt64, root: Digest32) {
        if let newest, let checkpoint = Checkpoint(text: newest.text) { return (checkpoint.size, checkpoint.root) }
        return try ledger.environment.read { try ledger.reader.treeHead($0) }
    }

    /// Calls `body` for each record, a few thousand per read transaction. Records of one key are found by its history, which costs what
    /// the key has.
    private func forEachRecord(
        _ filter: ExportFilter, to end: UInt64, progress: (UInt64, UInt64) -> Void,
        _ body: (UInt64, [UInt8], borrowing ReadTransaction) throws -> Void
    ) throws {
        var next = filter.from ?? 0
        if let key = filter.key {
            let views = try ledger.views(through: end)
            while case let positions = try views.history(of: key, from: next, limit: 1000).filter({ $0 < end }), let last = positions.last {
                try ledger.environment.read { transaction in
                    for position in positions {
                        guard let record = try ledger.reader.record(at: position, transaction) else {
                            throw LogError.missing(position: position)
                        }
                        if let account = filter.account, try LogReader.decode(record.span, at: position).accountID != account { continue }
                        try body(position, record, transaction)
                    }
                }
                next = last + 1
                progress(next, end)
            }
            return
        }
        while next < end {
            let start = next
            try ledger.environment.read { transaction in
                next = try ledger.reader.scan(from: start, limit: Int(min(5000, end - start)), transaction) { position, record, _ in
                    if let account = filter.account, try LogReader.decode(record, at: position).accountID != account { return true }
                    try body(position, record.copy(), transaction)
                    return true
                }
            }
            if next == start { throw LogError.missing(position: next) }
            progress(next, end)
        }
    }
}
