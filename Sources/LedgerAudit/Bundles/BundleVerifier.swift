internal import Bytes
internal import EventLog
internal import KeyEvents

/// Verifies the lines of a bundle one by one, in their order.
struct BundleVerifier {
    private let header: BundleHeader
    /// The verifier key that was obtained from the ledger earlier.
    private let given: NoteVerifier?
    private var findings: [Finding] = []
    private var leftBehind: [Finding] = []
    private var words: [String] = []
    private var notes: [SignedNote] = []
    private var checkpoints: [Checkpoint] = []
    /// The checkpoints that the tree of a whole bundle is compared with, by size; those from `firstAwaited` on are not reached yet.
    private var awaited: [Awaited] = []
    private var firstAwaited = 0
    private let trustedCheckpoints: [Checkpoint]
    private var frontier = MerkleFrontier()
    private var history: LifecycleChecker
    private var records: UInt64 = 0
    private var last: UInt64?
    /// The next position of a whole bundle.
    private var expected: UInt64 = 0
    private var hasRecords = false

    private struct Awaited {
        let checkpoint: Checkpoint
        let isTrusted: Bool
        /// Whether the first records have the checkpoint's root; `nil` where the bundle holds fewer records.
        var isRight: Bool?
    }

    init(_ header: BundleHeader, verifier: NoteVerifier?, trustedCheckpoints: [Checkpoint]) {
        self.header = header
        given = verifier
        self.trustedCheckpoints = trustedCheckpoints.sorted { $0.size < $1.size }
        awaited = self.trustedCheckpoints.map { Awaited(checkpoint: $0, isTrusted: true) }
        // An export holds everything that its filter selects; a part with an empty filter is somebody's choice of records.
        history = LifecycleChecker(
            isFromTheStart: header.kind == .whole, isGapless: header.kind == .whole, hasWholeKeys: header.filter != BundleHeader.Filter())
        let unknown = LogFeature.unknown(among: header.requires)
        if !unknown.isEmpty { report(nil, "\(LogError.unknownFeatures(unknown))") }
        if LogOrigin(header.origin)?.logID != header.logID { report(nil, "the bundle's origin is not that of its log id") }
        if (header.filter == nil) != (header.kind == .whole) { report(nil, "only a part has a filter, and every part has one") }
        if let key = header.verifierKey, NoteVerifier(key)?.name != header.origin {
            report(nil, "the key that the bundle names is none of its log")
        }
    }

    private mutating func report(_ position: UInt64?, _ what: String) { findings.append(.init(position: position, what: what)) }

    mutating func add(_ text: String, _ consistency: [Digest32]?) {
        guard let note = SignedNote(text), note.description == text, let checkpoint = Checkpoint(text: note.text) else {
            return report(nil, "a checkpoint cannot be read")
        }
        if hasRecords { report(nil, "a checkpoint stands behind records") }
        if let last = checkpoints.last, last.size >= checkpoint.size {
            report(nil, "the checkpoint of \(checkpoint.size) records stands behind that of \(last.size)")
        }
        notes.append(note)
        checkpoints.append(checkpoint)
        if checkpoint.size > header.size {
            return report(nil, "a checkpoint covers \(checkpoint.size) records, more than the bundle's tree")
        }
        switch (header.kind, consistency) {
        case (.whole, nil):
            let place = awaited.firstIndex { $0.checkpoint.size > checkpoint.size } ?? awaited.count
            awaited.insert(Awaited(checkpoint: checkpoint, isTrusted: false), at: place)
            checkRoots()
        case (.part, let proof?):
            let isConsistent = MerkleProof.isConsistent(
                oldSize: checkpoint.size, oldRoot: checkpoint.root, size: header.size, root: header.root, proof: proof)
            if !isConsistent { report(nil, "the bundle's tree does not begin with that of the checkpoint of \(checkpoint.size) records") }
        default:
            report(nil, "only in a part, and in every one, a checkpoint has a consistency proof")
        }
    }

    mutating func add(_ record: [UInt8], _ leaf: Digest32, at position: UInt64, _ proof: [Digest32]?) {
        hasRecords = true
        records += 1
        switch (header.kind, proof) {
        case (.whole, nil):
            if position != expected { report(min(position, expected), "the record is missing, or stands twice (there is \(position))") }
            expected = position &+ 1
            checkRoots()
            frontier.append(leaf) { _ in }
        case (.part, let proof?):
            if let last, last >= position { report(position, "the record stands behind that of position \(last)") }
            if MerkleProof.root(of: leaf, at: position, size: header.size, path: proof) != header.root {
                report(position, "the record is not in the log: its proof does not lead to the root")
            }
        default:
            report(position, "only in a part, and in every one, a record has a proof")
        }
        last = position
        if let filter = header.filter, !filter.admits(record, at: position) {
            report(position, "the record does not belong to what the bundle says was exported")
        }
        history.add(record.span, leaf: leaf, at: position) { findings.append(.init(position: position, what: $0)) }
    }

    /// Compares the checkpoints that the tree has reached with its root.
    private mutating func checkRoots() {
        while firstAwaited < awaited.count, awaited[firstAwaited].checkpoint.size <= frontier.size {
            let checkpoint = awaited[firstAwaited].checkpoint
            if checkpoint.size == frontier.size { awaited[firstAwaited].isRight = checkpoint.root == frontier.root }
            firstAwaited += 1
        }
    }

    mutating func finish() -> BundleVerification.Outcome {
        if header.kind == .whole {
            checkRoots()
            if frontier.size != header.size { report(frontier.size, "the bundle holds \(frontier.size) records of \(header.size)") }
            if frontier.root != header.root { report(nil, "the root over the records is not the bundle's") }
            for awaited in awaited where !awaited.isTrusted && awaited.isRight == false {
                report(nil, "the first \(awaited.checkpoint.size) records are not those that the bundle's own checkpoint was signed for")
            }
        }
        let current = LogOrigin(header.origin) ?? LogOrigin(header.logID)
        if header.kind == .whole, history.succession.origin(of: header.logID) != current {
            report(nil, "the bundle's origin is not the one that its records say the log has")
        }
        checkSignatures(current)
        if header.kind == .whole {
            for awaited in awaited where awaited.isTrusted { judge(awaited.checkpoint, isRight: awaited.isRight, current) }
        } else {
            for checkpoint in trustedCheckpoints {
                // The checkpoints of the bundle were proved, each by its consistency proof.
                let known = checkpoints.first { $0.size == checkpoint.size }.map { $0.root == checkpoint.root }
                judge(checkpoint, isRight: checkpoint.size == header.size ? checkpoint.root == header.root : known, current)
            }
        }
        if let newest = checkpoints.last {
            let isOfTree = newest.size == header.size && newest.root == header.root
            if !isOfTree, newest.size >= header.size || header.verifierKey != nil {
                report(nil, "the bundle's tree is not that of its newest checkpoint")
            } else if !isOfTree, given != nil {
                report(
                    newest.size,
                    "the records from here on are signed by nobody: the key that signs was not at hand when the bundle was written")
            } else if !isOfTree {
                words.append(
                    "The records from position \(newest.size) on are signed by nobody: the key was not at hand when the bundle was written."
                )
            }
        } else if header.verifierKey != nil || given != nil {
            report(nil, "the bundle holds no checkpoint, so nothing in it is signed")
        }
        return BundleVerification.Outcome(
            header: header, records: records, checkpoints: notes, findings: findings, leftBehind: leftBehind,
            verifiers: history.succession.verifiers(current: header.verifierKey.flatMap { NoteVerifier($0) } ?? given), notes: words)
    }

    /// Checks that each checkpoint has the origin that the log had at its size, and the signature of the key that it had then.
    private mutating func checkSignatures(_ current: LogOrigin) {
        let succession = history.succession
        let named = header.verifierKey.flatMap { NoteVerifier($0) }
        if let given, let named {
            switch succession.trust(in: named, holding: given) {
            case .same: break
            case .followed(let positions):
                words.append(
                    "The log goes on from the one of the key given, \(given.name), as \(header.origin), by the records at"
                        + " \(positions.map(String.init).joined(separator: ", ")).")
            // A fault of the record itself is a finding already.
            case .broken(let position) where findings.contains { $0.position == position }: break
            case .broken(let position):
                report(
                    position,
                    "the key of the log was changed here without the one given, which was lost: get the new one from the operator by another"
                        + " way. The bundle names \(named)")
            case .unrelated: report(nil, "the bundle is of another ledger: it names the key \(named), not \(given)")
            }
        }
        let verifiers = succession.verifiers(current: named ?? given)
        for (note, checkpoint) in zip(notes, checkpoints) {
            let origin = succession.origin(ofSize: checkpoint.size, current: current)
            if checkpoint.origin != "\(origin)" {
                report(nil, "a checkpoint is of another log, \(checkpoint.origin)")
            } else if let verifier = verifiers[origin] {
                guard verifier.check(note) != .signed else { continue }
                report(nil, "the checkpoint of \(checkpoint.size) records is not signed by \(verifier)")
            } else if named ?? given != nil, origin == current {
                report(nil, "the checkpoint of \(checkpoint.size) records is not signed by any key that is known")
            } else {
                words.append("Who signed the checkpoint of \(checkpoint.size) records is not known: the key was lost.")
            }
        }
    }

    /// Compares a trusted checkpoint with the bundle. `isRight` says whether the first records have its root; `nil` where the bundle
    /// does not show that.
    private mutating func judge(_ checkpoint: Checkpoint, isRight: Bool?, _ current: LogOrigin) {
        let name = "the checkpoint held"
        let place = history.succession.place(of: checkpoint, current: current)
        switch (place, isRight) {
        case (.here, true?), (.abandoned, true?): break
        case (.elsewhere, _): report(nil, "\(name) is of another log, \(checkpoint.origin)")
        case (.leftBehind(let position), _), (.abandoned(let position), _):
            let what = """
                \(name), of \(checkpoint.size) records of \(checkpoint.origin), is of the part of that log that was left behind: this log left it \
                at position \(position)
                """
            leftBehind.append(.init(position: position, what: what))
            report(position, what)
        case (.here, false?): report(nil, "the first \(checkpoint.size) records are not those that \(name) was signed for")
        case (.here, nil) where header.kind == .whole || checkpoint.size > header.size:
            report(min(frontier.size, header.size), "the bundle ends before \(name), which covers \(checkpoint.size) records")
        case (.here, nil): report(nil, "the bundle has no proof that leads to \(name), which covers \(checkpoint.size) records")
        }
    }
}

extension BundleHeader.Filter {
    /// Whether a part may hold the record. A record that cannot be decoded is reported elsewhere.
    fileprivate func admits(_ record: [UInt8], at position: UInt64) -> Bool {
        // The records by which the log came to its origin are in every part.
        if EventHeader(record.span)?.isOfLog ?? false { return true }
        if position < from ?? 0 || to.map({ position >= $0 }) ?? false { return false }
        guard account != nil || key != nil, let event = try? EventCodec.decode(record) else { return true }
        return account.map { $0 == event.accountID.description } ?? true && key.map { $0 == event.keyID.description } ?? true
    }
}
