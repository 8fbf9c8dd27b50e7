internal import EventLog
internal import KeyEvents

/// Adds up the lines of a bundle, in their order.
struct BundleFold {
    private let header: BundleHeader
    private let verifier: NoteVerifier?
    private var findings: [LogScan.Finding] = []
    private var notes: [SignedNote] = []
    /// Of a whole bundle, in order; those from `firstAwaited` on are yet to come.
    private var checkpoints: [Checkpoint] = []
    private var firstAwaited = 0
    private var held: [Checkpoint]
    private var frontier = MerkleFrontier()
    private var history: HistoryCheck
    private var records: UInt64 = 0
    private var last: UInt64?
    /// Of a whole bundle: the next position.
    private var expected: UInt64 = 0
    private var hasRecords = false

    init(_ header: BundleHeader, verifier: NoteVerifier?, held: [Checkpoint]) {
        self.header = header
        self.verifier = verifier ?? header.verifierKey.flatMap { NoteVerifier($0) }
        self.held = held.sorted { $0.size > $1.size }
        // An export holds all that its filter asks for; a part that asks for nothing is somebody's choice of records.
        history = HistoryCheck(
            isFromTheStart: header.kind == .whole, isGapless: header.kind == .whole, hasWholeKeys: header.filter != BundleHeader.Filter())
        let unknown = LogFeature.unknown(among: header.requires)
        if !unknown.isEmpty { tell(nil, "\(LogError.unknownFeatures(unknown))") }
        if header.origin != LogSigning.origin(of: header.logID) { tell(nil, "the bundle's origin is not that of its log id") }
        if (header.filter == nil) != (header.kind == .whole) { tell(nil, "only a part has a filter, and every part has one") }
        if let key = header.verifierKey, let verifier, NoteVerifier(key) != verifier {
            tell(nil, "the bundle is of another ledger: it names the key \(key), not \(verifier)")
        }
        for checkpoint in held where checkpoint.origin != header.origin {
            tell(nil, "the checkpoint held is of another log, \(checkpoint.origin)")
        }
    }

    private mutating func tell(_ position: UInt64?, _ what: String) { findings.append(.init(position: position, what: what)) }

    mutating func add(_ text: String, _ consistency: [Digest32]?) {
        guard let note = SignedNote(text), note.description == text, let checkpoint = Checkpoint(text: note.text) else {
            return tell(nil, "a checkpoint cannot be read")
        }
        if hasRecords { tell(nil, "a checkpoint stands behind records") }
        if let last = notes.last.flatMap({ Checkpoint(text: $0.text) }), last.size >= checkpoint.size {
            tell(nil, "the checkpoint of \(checkpoint.size) records stands behind that of \(last.size)")
        }
        notes.append(note)
        if checkpoint.origin != header.origin { tell(nil, "a checkpoint is of another log, \(checkpoint.origin)") }
        if verifier.map({ $0.check(note) != .signed }) ?? true {
            tell(nil, "the checkpoint of \(checkpoint.size) records is not signed by \(verifier?.description ?? "any key that is known")")
        }
        if checkpoint.size > header.size { return tell(nil, "a checkpoint covers \(checkpoint.size) records, more than the bundle's tree") }
        switch (header.kind, consistency) {
        case (.whole, nil):
            checkpoints.append(checkpoint)
            checkRoots()
        case (.part, let proof?):
            let isConsistent = MerkleProof.isConsistent(
                oldSize: checkpoint.size, oldRoot: checkpoint.root, size: header.size, root: header.root, proof: proof)
            if !isConsistent { tell(nil, "the bundle's tree does not begin with that of the checkpoint of \(checkpoint.size) records") }
            held.removeAll { $0.origin == checkpoint.origin && $0.size == checkpoint.size && $0.root == checkpoint.root }
        default:
            tell(nil, "only in a part, and in every one, a checkpoint has a consistency proof")
        }
    }

    mutating func add(_ record: [UInt8], _ leaf: Digest32, at position: UInt64, _ proof: [Digest32]?) {
        hasRecords = true
        records += 1
        switch (header.kind, proof) {
        case (.whole, nil):
            if position != expected { tell(min(position, expected), "the record is missing, or stands twice (there is \(position))") }
            expected = position &+ 1
            checkRoots()
            frontier.append(leaf) { _ in }
        case (.part, let proof?):
            if let last, last >= position { tell(position, "the record stands behind that of position \(last)") }
            if MerkleProof.root(of: leaf, at: position, size: header.size, path: proof) != header.root {
                tell(position, "the record is not in the log: its proof does not lead to the root")
            }
        default:
            tell(position, "only in a part, and in every one, a record has a proof")
        }
        last = position
        if let filter = header.filter, !filter.admits(record, at: position) {
            tell(position, "the record does not belong to what the bundle says was exported")
        }
        history.add(record.span, leaf: leaf, at: position) { findings.append(.init(position: position, what: $0)) }
    }

    /// Those of the tree so far: of the bundle, and held elsewhere.
    private mutating func checkRoots() {
        while firstAwaited < checkpoints.count, checkpoints[firstAwaited].size <= frontier.size {
            let checkpoint = checkpoints[firstAwaited]
            firstAwaited += 1
            if checkpoint.size == frontier.size { compare(checkpoint, "the bundle's own checkpoint") }
        }
        while let checkpoint = held.last, checkpoint.size <= frontier.size {
            held.removeLast()
            if checkpoint.size == frontier.size { compare(checkpoint, "the checkpoint held") }
        }
    }

    private mutating func compare(_ checkpoint: Checkpoint, _ name: String) {
        if checkpoint.root != frontier.root {
            tell(nil, "the first \(checkpoint.size) records are not those that \(name) was signed for")
        }
    }

    mutating func finish() -> BundleCheck.Outcome {
        if header.kind == .whole {
            checkRoots()
            if frontier.size != header.size { tell(frontier.size, "the bundle holds \(frontier.size) records of \(header.size)") }
            if frontier.root != header.root { tell(nil, "the root over the records is not the bundle's") }
            for checkpoint in held.reversed() {
                tell(frontier.size, "the bundle ends before the checkpoint held, which covers \(checkpoint.size) records")
            }
        } else {
            for checkpoint in held.reversed() {
                tell(nil, "the bundle has no proof that leads to the checkpoint held, which covers \(checkpoint.size) records")
            }
        }
        let newest = notes.last.flatMap { Checkpoint(text: $0.text) }
        if let newest {
            if newest.size != header.size || newest.root != header.root {
                tell(nil, "the bundle's tree is not that of its newest checkpoint")
            }
        } else if header.verifierKey != nil || verifier != nil {
            tell(nil, "the bundle holds no checkpoint, so nothing in it is signed")
        }
        return BundleCheck.Outcome(header: header, records: records, checkpoints: notes, findings: findings)
    }
}

extension BundleHeader.Filter {
    /// Whether a part may hold the record. One that cannot be decoded is told of elsewhere.
    fileprivate func admits(_ record: [UInt8], at position: UInt64) -> Bool {
        if position < from ?? 0 || to.map({ position >= $0 }) ?? false { return false }
        guard account != nil || key != nil, let event = try? EventCodec.decode(record) else { return true }
        return account.map { $0 == event.accountID.description } ?? true && key.map { $0 == event.keyID.description } ?? true
    }
}
