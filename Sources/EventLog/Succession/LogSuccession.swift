public import Bytes
public import KeyEvents

/// How a log came to the origin and the key that its checkpoints have: the forks and the changes of key that its records tell, in
/// their order. By it whoever holds a checkpoint, or a verifier key, from before can follow the log.
public struct LogSuccession: Equatable, Sendable {
    /// A record from which on checkpoints have another origin: those of sizes up to `position` have the old one.
    public struct Step: Equatable, Sendable {
        public enum Kind: Equatable, Sendable {
            /// The log is a copy of the old one up to here; what the old one recorded beyond is not in it. `abandoned`: earlier forks of it.
            case fork(abandoned: [Bytes16])
            /// `isVouched`: the old key signed for the new one.
            case keyChange(isVouched: Bool)
        }

        public let position: UInt64
        public let kind: Kind
        public let oldOrigin: LogOrigin
        public let newOrigin: LogOrigin
        /// As a change of key names them.
        let oldVerifier: NoteVerifier?
        let newVerifier: NoteVerifier?
    }

    public private(set) var steps: [Step] = []

    public init() {}

    /// Takes in a record that concerns the log as a whole; answers what is wrong with it, in words.
    ///
    /// `isComplete`: every earlier record of this kind was taken in.
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

    /// Under which checkpoints of now are signed. `logID`: of the log that has these records.
    public func origin(of logID: Bytes16) -> LogOrigin {
        steps.last.flatMap { $0.newOrigin.logID == logID ? $0.newOrigin : nil } ?? LogOrigin(logID)
    }

    /// Under which a checkpoint of `size` records was signed, in a log whose checkpoints have the origin `current` now.
    public func origin(ofSize size: UInt64, current: LogOrigin) -> LogOrigin {
        steps.first { size <= $0.position }?.oldOrigin ?? steps.last?.newOrigin ?? current
    }

    /// What checks the signatures under checkpoints of each origin, as far as it is known. `current`: of the newest origin, where it is known
    /// otherwise than from these records.
    public func verifiers(current: NoteVerifier?) -> [LogOrigin: NoteVerifier] {
        var known: [LogOrigin: NoteVerifier] = [:]
        if let current, let origin = LogOrigin(current.name) { known[origin] = current }
        for step in steps {
            if let verifier = step.oldVerifier { known[step.oldOrigin] = verifier }
            if let verifier = step.newVerifier { known[step.newOrigin] = verifier }
            // A fork goes on with the key that there was.
            if case .fork = step.kind, known[step.newOrigin] == nil { known[step.newOrigin] = known[step.oldOrigin]?.named(step.newOrigin) }
        }
        for step in steps.reversed() {
            if case .fork = step.kind, known[step.oldOrigin] == nil { known[step.oldOrigin] = known[step.newOrigin]?.named(step.oldOrigin) }
        }
        return known
    }

    /// Where a checkpoint that somebody holds belongs.
    public enum Place: Equatable, Sendable {
        /// The first records of this log must have its root.
        case here
        /// Of what was recorded under its origin after this log had left that one, at a position.
        case leftBehind(at: UInt64)
        /// Of a fork that was given up with the one at a position. Where the first records of this log have its root, they were shared.
        case abandoned(at: UInt64)
        case elsewhere
    }

    /// `current`: the origin that checkpoints of this log have now.
    public func place(of checkpoint: Checkpoint, current: LogOrigin) -> Place {
        guard let origin = LogOrigin(checkpoint.origin) else { return .elsewhere }
        if let step = steps.first(where: { $0.oldOrigin == origin }) {
            return checkpoint.size <= step.position ? .here : .leftBehind(at: step.position)
        }
        if origin == steps.last?.newOrigin ?? current { return .here }
        for step in steps {
            guard case .fork(let abandoned) = step.kind else { continue }
            // Under a key that the log got after this one had left it.
            if step.oldOrigin.logID == origin.logID { return .leftBehind(at: step.position) }
            guard abandoned.contains(origin.logID) else { continue }
            return checkpoint.size <= step.position ? .abandoned(at: step.position) : .leftBehind(at: step.position)
        }
        return .elsewhere
    }

    /// Whether somebody who trusts the verifier `held` may trust `current`, and if not, why.
    public enum Trust: Equatable, Sendable {
        case same
        /// The key, or the origin, changed at these positions, and each key signed for the next.
        case followed(at: [UInt64])
        /// The key was changed at a position, and `held`, or one that took its place, has not signed for that.
        case broken(at: UInt64)
        case unrelated
    }

    public func trust(in current: NoteVerifier, holding held: NoteVerifier) -> Trust {
        if held == current { return .same }
        guard let origin = LogOrigin(held.name), verifiers(current: current)[origin] == held,
            let first = steps.firstIndex(where: { $0.oldOrigin == origin })
        else { return .unrelated }
        for step in steps[first...] {
            if case .keyChange(isVouched: false) = step.kind { return .broken(at: step.position) }
        }
        return .followed(at: steps[first...].map(\.position))
    }
}
