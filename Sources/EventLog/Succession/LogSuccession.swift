public import Bytes
public import KeyEvents

/// How a log came to the origin and the key that its checkpoints have: the forks and the changes of key that its records state,
/// in their order. It lets a holder of an earlier checkpoint or verifier key follow the log.
public struct LogSuccession: Equatable, Sendable {
    /// A record from which on checkpoints have another origin: those of sizes up to `position` have the old one.
    public struct Step: Equatable, Sendable {
        /// The kinds of steps.
        public enum Kind: Equatable, Sendable {
            /// The log is a copy of the old one up to this record, and does not hold what the old one recorded beyond it.
            /// `abandoned` holds the ids of earlier forks of the old log that were abandoned.
            case fork(abandoned: [Bytes16])
            /// The log's key was changed. `isVouched` says whether the old key signed for the new one.
            case keyChange(isVouched: Bool)
        }

        /// The position of the record.
        public let position: UInt64
        /// What happened.
        public let kind: Kind
        /// The origin of checkpoints of sizes up to `position`.
        public let oldOrigin: LogOrigin
        /// The origin of larger checkpoints.
        public let newOrigin: LogOrigin
        /// The verifiers that a change of key names.
        let oldVerifier: NoteVerifier?
        let newVerifier: NoteVerifier?
    }

    /// The steps in the order of their positions.
    public private(set) var steps: [Step] = []

    /// Creates the succession of a log without steps.
    public init() {}

    /// Adds a record that concerns the log as a whole.
    ///
    /// - Parameters:
    ///   - event: The event of the record.
    ///   - position: The position of the record.
    ///   - isComplete: Whether every earlier record of this kind was added.
    /// - Returns: What is wrong with the record, as clauses.
    @discardableResult
    public mutating func add(_ event: Event, at position: UInt64, isComplete: Bool = true) -> [String] {
        switch event.body {
        case .logForked(let fork): add(fork, at: position, isComplete)
        case .logKeyChanged(let change): add(change, of: event, at: position, isComplete)
        default: []
        }
    }

    private mutating func add(_ fork: LogFork, at position: UInt64, _ isComplete: Bool) -> [String] {
        var wrong: [String] = []
        if let current = steps.last?.newOrigin, isComplete, current.logID != fork.leftLogID {
            wrong.append("the log that was left, \(LogOrigin(fork.leftLogID)), is not the one that the records before are of")
        }
        if fork.leftLogID == fork.logID { wrong.append("the log goes on under the id that it had") }
        let left = SignedNote(fork.leftCheckpoint).flatMap { Checkpoint(text: $0.text) }.flatMap { LogOrigin($0.origin) }
        if !fork.leftCheckpoint.isEmpty, left?.logID != fork.leftLogID {
            wrong.append("the checkpoint that was left is none of the log that was left")
        }
        let current = steps.last?.newOrigin
        steps.append(
            Step(
                position: position, kind: .fork(abandoned: fork.abandonedLogIDs),
                oldOrigin: current?.logID == fork.leftLogID ? current ?? LogOrigin(fork.leftLogID) : left ?? LogOrigin(fork.leftLogID),
                newOrigin: LogOrigin(fork.logID), oldVerifier: nil, newVerifier: nil))
        return wrong
    }

    private mutating func add(_ change: LogKeyChange, of event: Event, at position: UInt64, _ isComplete: Bool) -> [String] {
        guard let old = LogOrigin(change.oldOrigin), let new = LogOrigin(change.newOrigin),
            let newVerifier = NoteVerifier(change.newVerifierKey), newVerifier.kind == .ed25519,
            new == LogOrigin(old.logID, publicKey: newVerifier.publicKey), newVerifier.name == change.newOrigin, new != old
        else { return ["the new key of the log, or its origin, is none"] }
        var wrong: [String] = []
        if isComplete, old != steps.last?.newOrigin ?? LogOrigin(old.logID) {
            wrong.append("the origin that was given up, \(old), is not the one that the log had")
        }
        var oldVerifier: NoteVerifier?
        if !change.oldVerifierKey.isEmpty {
            oldVerifier = NoteVerifier(change.oldVerifierKey)
            if oldVerifier?.kind != .ed25519 || oldVerifier?.name != change.oldOrigin { wrong.append("the old key of the log is none") }
        }
        if isComplete, let known = verifiers(current: nil)[old], known != oldVerifier {
            wrong.append("the old key of the log is not named as it was")
        }
        if !change.signature.isEmpty, oldVerifier?.hasSigned(change.handover(at: position), change.signature) != true {
            wrong.append("the old key of the log has not signed that the new one takes its place")
        }
        if event.actor.kind != .operator || !event.requires.contains(LogFeature.logKey.rawValue) {
            wrong.append("the key of the log was changed by somebody who may not, or without saying what readers must know")
        }
        steps.append(
            Step(
                position: position, kind: .keyChange(isVouched: !change.signature.isEmpty && wrong.isEmpty), oldOrigin: old, newOrigin: new,
                oldVerifier: oldVerifier, newVerifier: newVerifier))
        return wrong
    }

    /// Returns the origin under which checkpoints are signed now.
    ///
    /// - Parameter logID: The id of the log that has these records.
    /// - Returns: The origin of the last step where that is one of this log, else the origin with the key that the log began
    ///   with.
    public func origin(of logID: Bytes16) -> LogOrigin {
        steps.last.flatMap { $0.newOrigin.logID == logID ? $0.newOrigin : nil } ?? LogOrigin(logID)
    }

    /// Returns the origin under which a checkpoint was signed.
    ///
    /// - Parameters:
    ///   - size: The number of records of the checkpoint.
    ///   - current: The origin that checkpoints of the log have now.
    /// - Returns: The origin by the steps; `current` where there are none.
    public func origin(ofSize size: UInt64, current: LogOrigin) -> LogOrigin {
        steps.first { size <= $0.position }?.oldOrigin ?? steps.last?.newOrigin ?? current
    }

    /// Returns the verifiers of the signatures under checkpoints of each origin, as far as they are known.
    ///
    /// - Parameter current: The verifier of the newest origin, where it is known from elsewhere than these records.
    /// - Returns: The verifiers by their origins.
    public func verifiers(current: NoteVerifier?) -> [LogOrigin: NoteVerifier] {
        var known: [LogOrigin: NoteVerifier] = [:]
        if let current, let origin = LogOrigin(current.name) { known[origin] = current }
        for step in steps {
            if let verifier = step.oldVerifier { known[step.oldOrigin] = verifier }
            if let verifier = step.newVerifier { known[step.newOrigin] = verifier }
            // A fork keeps the key that there was.
            if case .fork = step.kind, known[step.newOrigin] == nil { known[step.newOrigin] = known[step.oldOrigin]?.named(step.newOrigin) }
        }
        for step in steps.reversed() {
            if case .fork = step.kind, known[step.oldOrigin] == nil { known[step.oldOrigin] = known[step.newOrigin]?.named(step.oldOrigin) }
        }
        return known
    }

    /// How a checkpoint from outside relates to this log.
    public enum Place: Equatable, Sendable {
        /// The checkpoint is of this log: its first records must have the root of the checkpoint.
        case here
        /// The checkpoint is of what was recorded under its origin after this log had left that origin, at a position.
        case leftBehind(at: UInt64)
        /// The checkpoint is of a fork that was abandoned with the fork at a position. Where the first records of this log have
        /// its root, they were shared.
        case abandoned(at: UInt64)
        /// The checkpoint is of another log.
        case elsewhere
    }

    /// Returns how a checkpoint relates to this log.
    ///
    /// - Parameters:
    ///   - checkpoint: The checkpoint.
    ///   - current: The origin that checkpoints of this log have now.
    /// - Returns: How the checkpoint relates to this log.
    public func place(of checkpoint: Checkpoint, current: LogOrigin) -> Place {
        guard let origin = LogOrigin(checkpoint.origin) else { return .elsewhere }
        if let step = steps.first(where: { $0.oldOrigin == origin }) {
            return checkpoint.size <= step.position ? .here : .leftBehind(at: step.position)
        }
        if origin == steps.last?.newOrigin ?? current { return .here }
        for step in steps {
            guard case .fork(let abandoned) = step.kind else { continue }
            // The checkpoint is signed by a key that the old log got after this log had left it.
            if step.oldOrigin.logID == origin.logID { return .leftBehind(at: step.position) }
            guard abandoned.contains(origin.logID) else { continue }
            return checkpoint.size <= step.position ? .abandoned(at: step.position) : .leftBehind(at: step.position)
        }
        return .elsewhere
    }

    /// Whether a party that trusts one verifier may trust another, and if not, why.
    public enum Trust: Equatable, Sendable {
        /// Both verifiers are the same.
        case same
        /// The key, or the origin, changed at these positions, and each key signed for the next.
        case followed(at: [UInt64])
        /// The key was changed at a position, and neither the trusted key nor one that replaced it has signed for that.
        case broken(at: UInt64)
        /// The trusted verifier is not one of this log.
        case unrelated
    }

    /// Returns whether a party that trusts one verifier may trust the current one.
    ///
    /// - Parameters:
    ///   - current: The verifier of checkpoints that are signed now.
    ///   - earlierVerifier: The verifier that the party trusts.
    /// - Returns: Whether the party may trust `current`, and if not, why.
    public func trust(in current: NoteVerifier, holding earlierVerifier: NoteVerifier) -> Trust {
        if earlierVerifier == current { return .same }
        guard let origin = LogOrigin(earlierVerifier.name), verifiers(current: current)[origin] == earlierVerifier,
            let first = steps.firstIndex(where: { $0.oldOrigin == origin })
        else { return .unrelated }
        for step in steps[first...] {
            if case .keyChange(isVouched: false) = step.kind { return .broken(at: step.position) }
        }
        return .followed(at: steps[first...].map(\.position))
    }
}
