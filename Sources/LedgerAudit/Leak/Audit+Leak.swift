internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections
internal import Storage
internal import Validation

extension Audit {
    /// Reports what happened with a leaked secret. Costs all events of its key: every presentation of the secret is read.
    ///
    /// - Parameters:
    ///   - secret: the whole text of the secret.
    ///   - since: the position from which presentations are reported one by one.
    /// - Returns: the report; `nil` where the secret never belonged to a key.
    /// - Throws: the errors of reading the log, the state and the views.
    public func leak(of secret: some StringProtocol, since: UInt64) throws -> LeakReport? {
        var secret = String(secret)
        secret.makeContiguousUTF8()
        let next = try ledger.environment.read { try ledger.reader.next($0) }
        let views = try ledger.views(through: next)
        guard let reference = try ledger.past.findSecret(SecretFormat.digest(secret.utf8.span), before: next) else { return nil }
        let (id, number) = (reference.key, reference.number)
        let history = try ledger.past.history(of: id, before: next)
        guard let state = history.state, let known = history.secrets[number] else { return nil }
        var analysis = LeakAnalysis(state, known, history, at: ledger.time.now, since: since)
        var from: UInt64 = 0
        while from < next {
            let positions = try views.history(of: id, from: from, limit: 10_000).filter { $0 < next }
            guard let last = positions.last else { break }
            // Sealed fields are opened after the read transaction.
            var traced: [(UInt64, Event)] = []
            try ledger.environment.read { transaction in
                for position in positions {
                    let end = try ledger.reader.scan(from: position, limit: 1, transaction) { position, record, _ in
                        guard let use = UseSummary(record), use.secretID == number else { return true }
                        if analysis.count(use, at: position) { traced.append((position, try LogReader.decode(record, at: position))) }
                        return true
                    }
                    if end == position { throw LogError.missing(position: position) }
                }
            }
            for (position, event) in traced { analysis.add(event, ledger.events.open(event), at: position) }
            from = last + 1
        }
        return analysis.report(ledger.keys.view(state), next: next)
    }
}

/// Adds up the presentations of one secret.
private struct LeakAnalysis {
    private let state: KeyState
    private let secret: KeyHistory.SecretHistory
    private let now: Timestamp
    private let since: UInt64
    private let ends: Ends
    private var lines: [LeakReport.Source: LeakReport.Line] = [:]
    private var accepted: UInt64 = 0
    private var acceptedRecords: UInt64 = 0
    private var last: (position: UInt64, use: UseSummary)?
    private var acceptedAfterEnd: [UInt64] = []

    /// Everything that can end a secret, and how a decision shows that it came after an end.
    private struct Ends {
        /// The recorded ends of the key and of the secret.
        var recorded: [CausingEvent] = []
        /// The ends that come by time, each with the position that set it: a decision on an earlier position does not know the end.
        var due: [(at: Timestamp, setBy: UInt64)] = []

        /// Whether a decision on the log up to a position, at a time, came after one of the ends.
        func cover(_ decidedAtPosition: UInt64, _ decidedAt: Timestamp) -> Bool {
            recorded.contains { $0.position <= decidedAtPosition }
                || due.contains { $0.setBy <= decidedAtPosition && $0.at <= decidedAt }
        }

        /// The earliest end that has come.
        func first(by now: Timestamp) -> LeakReport.End? {
            if let causingEvent = recorded.min(by: { $0.position < $1.position }) {
                // An end by time is recorded some time after it came.
                let came = due.filter { $0.setBy < causingEvent.position }.map(\.at).min()
                return .init(causingEvent: causingEvent, at: came.map { min($0, causingEvent.recordedAt) } ?? causingEvent.recordedAt)
            }
            return due.map(\.at).filter { $0 <= now }.min().map { .init(causingEvent: nil, at: $0) }
        }
    }

    init(_ state: KeyState, _ secret: KeyHistory.SecretHistory, _ history: KeyHistory, at now: Timestamp, since: UInt64) {
        self.state = state
        self.secret = secret
        self.now = now
        self.since = since
        var ends = Ends()
        ends.recorded = [history.end, secret.retired].compactMap(\.self)
        if let date = state.expiresAt, let setBy = history.expiry { ends.due.append((date, setBy.position)) }
        if let date = secret.retirementDate, let setBy = secret.retirement { ends.due.append((date, setBy.position)) }
        self.ends = ends
    }

    /// Counts a presentation, and returns whether it is to be reported in full.
    mutating func count(_ use: UseSummary, at position: UInt64) -> Bool {
        let isAfterEnd = ends.cover(use.decidedAtPosition, use.decidedAt)
        guard use.code == nil else { return isAfterEnd || position >= since }
        accepted = accepted.saturatingAdding(use.count)
        acceptedRecords += 1
        if last.map({ $0.use.decidedAtPosition <= use.decidedAtPosition }) ?? true { last = (position, use) }
        if isAfterEnd, acceptedAfterEnd.count < 100 { acceptedAfterEnd.append(position) }
        return position >= since
    }

    mutating func add(_ event: Event, _ personal: PersonalFields?, at position: UInt64) {
        let (use, refusal): (Event.Use, RefusalCode?)
        switch event.body {
        case .used(let body): (use, refusal) = (body, nil)
        case .refused(let body, let code): (use, refusal) = (body, code)
        default: return
        }
        let isUnreadable = event.sealed != nil && personal == nil
        let isAfterEnd = ends.cover(use.decidedAtPosition, use.decidedAt)
        func add(_ count: UInt64, from address: String?, isOfOthers: Bool = false) {
            let source = LeakReport.Source(
                actor: event.actor, clientAddress: address, method: personal?.method, path: personal?.path, refusal: refusal,
                isUnreadable: isUnreadable, isAfterEnd: isAfterEnd, isOfOthers: isOfOthers)
            let first = use.firstAt ?? use.decidedAt
            var line =
                lines[source]
                ?? LeakReport.Line(
                    source: source, count: 0, records: 0, firstAt: first, lastAt: use.decidedAt, firstPosition: position,
                    lastPosition: position)
            line.count = line.count.saturatingAdding(count)
            line.records += 1
            line.firstAt = min(line.firstAt, first)
            line.lastAt = max(line.lastAt, use.decidedAt)
            line.lastPosition = position
            lines[source] = line
        }
        guard let origins = event.origins(personal) else { return add(use.count, from: nil) }
        for entry in origins.entries { add(entry.count, from: entry.address) }
        if origins.others > 0 { add(origins.others, from: nil, isOfOthers: true) }
    }

    func report(_ key: DecryptedKey, next: UInt64) -> LeakReport {
        let lines = lines.values.sorted { ($0.firstAt, $0.firstPosition) < ($1.firstAt, $1.firstPosition) }
        let end = ends.first(by: now)
        var evidence = [LeakReport.Evidence(causingEvent: secret.added, shows: "the secret was added to the key")]
        let lastAccepted = last.map { (CausingEvent($0.use, at: $0.position), $0.use.decidedAtPosition, $0.use.decidedAt) }
        if let lastAccepted { evidence.append(.init(causingEvent: lastAccepted.0, shows: "the last accepted use of the secret")) }
        if let causingEvent = end?.causingEvent { evidence.append(.init(causingEvent: causingEvent, shows: "the end of the secret")) }
        return LeakReport(
            key: key, status: state.status(at: now), secret: secret.record, addedAt: secret.added.recordedAt, next: next, since: since,
            end: end, uses: lines.filter { $0.source.refusal == nil }, refusals: lines.filter { $0.source.refusal != nil }, now: now,
            accepted: accepted, acceptedRecords: acceptedRecords, lastAccepted: lastAccepted, acceptedAfterEnd: acceptedAfterEnd,
            evidence: evidence)
    }
}
