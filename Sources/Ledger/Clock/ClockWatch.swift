package import EventLog
internal import KeyEvents
internal import Storage
internal import Synchronization

/// Reads the ledger's clock for verdicts, commands and records, and decides whether the reading is trusted.
///
/// What is trusted is a difference: how far the wall clock is ahead of the monotonic clock, which nobody sets. A wall clock that is off
/// from that difference by more than `RecordTime.tolerance` was set, and is in doubt until it is right again, or an operator confirms
/// it. The processes on a host share the difference (`ClockAnchor`), since a command line starts anew each time. Where no difference is
/// known, as after a start of the machine, the newest record decides: a clock that is behind it by more than the tolerance is wrong; a
/// clock that is ahead may be right on a ledger that was not used for long, and is trusted up to `maxIdle`.
///
/// While the clock is in doubt, time continues by the monotonic clock from where it was trusted last. That time tells which keys have
/// ended meanwhile, and nothing else is decided by it.
package final class ClockWatch: Sendable {
    /// A reading of the clock.
    struct Reading {
        /// The time by which things are decided: what the clock says, or while it is in doubt, what it should say.
        let time: Timestamp
        /// How far the clock is trusted.
        let trust: ClockTrust
        /// The time on the wall clock.
        let wall: Timestamp
    }

    /// The maximum time that a ledger in use has no new record: a quarter of a year.
    static let maxIdle = Duration.seconds(90 * 86_400)
    /// No Keyledger existed before this time: a clock that says so has lost its battery.
    static let earliest = Timestamp(seconds: 1_735_689_600)
    /// How long a process without a known difference makes no final decision by its clock.
    static let settling = ExpirySweep.startPause
    /// `RecordTime.tolerance` as a number of microseconds: the clock is held against it at every verification, and a `Duration` has 128
    /// bits to compute with.
    private static let toleranceMicroseconds = RecordTime.tolerance.wholeMicroseconds
    /// The maximum deviation from the difference of a clock that was not set.
    private static let steadiness = ExpirySweep.stepTolerance
    /// How often the difference follows the clock: smaller steps within that time add up.
    private static let renewal = Duration.seconds(3600)

    private struct State {
        /// The time from which the difference may be updated, by the monotonic clock.
        var renewsAt: MonotonicInstant
        /// The time from which decisions may be final, by the monotonic clock.
        var settlesAt: MonotonicInstant
        /// Whether a difference was ever known: then no other one is trusted for being plausible.
        var wasAnchored: Bool
        /// The difference that is stored for other processes.
        var stored: ClockAnchor?
    }

    private let clock: LedgerClock
    private let reader: LogReader
    /// The path of the data folder, for error messages.
    private let path: String
    /// The wall clock less the monotonic clock, as it is trusted, in microseconds; without an anchor, as the newest record gives it.
    private let difference: Atomic<Int64>
    private let isAnchored: Atomic<Bool>
    private let isSettled: Atomic<Bool>
    /// The latest time by which something is known to have been decided, in microseconds.
    private let newest: Atomic<Int64>
    /// The latest stamp of a record that this process knows, in microseconds. New records keep it, and are decided by it, while the
    /// clock is behind it by no more than the tolerance.
    private let newestStamp: Atomic<Int64>
    private let state: Mutex<State>

    package init(_ clock: LedgerClock, _ reader: LogReader, path: String) throws {
        self.clock = clock
        self.path = path
        self.reader = reader
        let (wall, monotonic) = (clock.now(), clock.monotonic())
        let (stored, head) = try reader.environment.read {
            (try ClockAnchor.stored(reader.tables, $0), try LogReader.newestTime(reader.tables, $0))
        }
        let now = wall.microseconds.saturatingSubtracting(monotonic.microseconds)
        let known = stored?.monotonicName(clock)
        let isPlausible = Self.isPlausible(wall, after: head)
        // A clock that is ahead of the newest record by too long is not trusted when a process starts, and a clock that is behind the
        // log is not either, whatever other processes have found.
        let isKnown = known != nil && (head.map { !Self.isTooLong(wall, after: $0) } ?? true) && !Self.isBehind(wall, head)
        let isAnchored = isKnown || known == nil && isPlausible
        let believed = known ?? now
        difference = Atomic(isAnchored ? believed : Self.expected(after: head).microseconds.saturatingSubtracting(monotonic.microseconds))
        self.isAnchored = Atomic(isAnchored)
        // A log without records has no key that could be ended.
        let isSettled =
            head == nil || known.map { now.saturatingSubtracting($0).magnitude <= UInt64(Self.steadiness.wholeMicroseconds) } ?? false
        self.isSettled = Atomic(isSettled)
        newest = Atomic(head?.decidedAt.microseconds ?? .min)
        newestStamp = Atomic(head?.recordedAt.microseconds ?? .min)
        state = Mutex(
            State(
                renewsAt: monotonic + Self.renewal, settlesAt: monotonic + Self.settling, wasAnchored: known != nil || isAnchored,
                stored: known == nil ? nil : stored))
    }

    /// Reads the clock. Where nothing is wrong this costs two clock readings and a subtraction; otherwise the log is read, so it must
    /// not be called in a write transaction.
    func read() -> Reading {
        if let reading = readBelieved() { return reading }
        let found = try? reader.environment.read {
            (try ClockAnchor.stored(reader.tables, $0), try LogReader.newestTime(reader.tables, $0))
        }
        return judge(found)
    }

    /// The reading where the clock is trusted so far, else `nil`.
    private func readBelieved() -> Reading? {
        let (wall, monotonic) = (clock.now(), clock.monotonic())
        let now = wall.microseconds.saturatingSubtracting(monotonic.microseconds)
        guard isBelieved(now) else { return nil }
        if !isSettled.load(ordering: .relaxed) { settle(monotonic) }
        renew(now, monotonic)
        return Reading(time: wall, trust: isSettled.load(ordering: .relaxed) ? .settled : .unsettled, wall: wall)
    }

    /// Decides by what other processes and the newest record tell about the clock; `found` is `nil` where that cannot be read.
    private func judge(_ found: (stored: ClockAnchor?, head: RecordTime?)?) -> Reading {
        state.withLock { state in
            let (wall, monotonic) = (clock.now(), clock.monotonic())
            let now = wall.microseconds.saturatingSubtracting(monotonic.microseconds)
            if retryIfRecovered(found, wall, now, monotonic, &state) { return Reading(time: wall, trust: .unsettled, wall: wall) }
            let time = Timestamp(microseconds: monotonic.microseconds.saturatingAdding(difference.load(ordering: .relaxed)))
            return Reading(time: time, trust: .doubted, wall: wall)
        }
    }

    /// The time of a write transaction at the head of the log: by it things are decided and recorded. A log that is ahead of the clock
    /// was stamped by another clock, and one of the two is wrong.
    package func time(after head: LogHead) -> BatchTime {
        var reading = readBelieved() ?? judge((nil, head.time))
        if reading.trust != .doubted, let time = head.time, Self.isBehind(reading.wall, time) {
            doubt(after: time)
            reading = judge((nil, time))
        }
        let time = RecordTime(clock: latest(reading), after: head.time)
        // The record has the time of the clock itself where its stamp is later only because of earlier records.
        let isNear = !Self.isBehind(reading.time, RecordTime(recordedAt: time.recordedAt))
        let occurredAt = isNear && reading.time < time.recordedAt ? reading.time : time.occurredAt
        return BatchTime(RecordTime(recordedAt: time.recordedAt, occurredAt: occurredAt), reading.trust)
    }

    /// The clock's time, or the latest time by which this process knows something to have been decided.
    var now: Timestamp { latest(read()) }

    private func latest(_ reading: Reading) -> Timestamp {
        func isNear(_ known: Timestamp) -> Bool { !Self.isBehind(reading.time, RecordTime(recordedAt: known)) }
        let decided = Timestamp(microseconds: newest.load(ordering: .relaxed))
        let stamp = Timestamp(microseconds: newestStamp.load(ordering: .relaxed))
        return max(reading.time, isNear(decided) ? decided : reading.time, isNear(stamp) ? stamp : reading.time)
    }

    /// Remembers that something was decided by a time, so that it is not taken back: a record was appended, or a key was reported as
    /// ended.
    func remember(decidedAt time: Timestamp) { newest.max(time.microseconds, ordering: .relaxed) }

    /// Why nothing is decided by the clock; `nil` where the clock is trusted.
    var problem: LedgerError? { problem(read()) }

    /// Throws where the write transaction goes by the time that the clock should show.
    func require(_ appender: borrowing BatchAppender) throws(LedgerError) {
        guard appender.clockTrust == .doubted else { return }
        throw .clockInDoubt(path: path, clock: clock.now(), expected: appender.now)
    }

    /// The trusted time, for deciding who is let in; throws where the clock is in doubt.
    func believed() throws(LedgerError) -> Timestamp {
        let reading = read()
        if let problem = problem(reading) { throw problem }
        return latest(reading)
    }

    /// Throws where a verdict by `clock` was decided at a time later than that by more than the tolerance: by a record that this
    /// process did not know and another clock stamped.
    func check(decidedAt time: Timestamp, by clock: Timestamp) throws(LedgerError) {
        guard Self.isBehind(clock, RecordTime(recordedAt: time)) else { return }
        doubt(after: RecordTime(recordedAt: time))
        throw .clockInDoubt(path: path, clock: clock, expected: time)
    }

    private func problem(_ reading: Reading) -> LedgerError? {
        guard reading.trust == .doubted else { return nil }
        return .clockInDoubt(path: path, clock: reading.wall, expected: reading.time)
    }

    // MARK: Confirming

    /// The confirmation of the clock, where `expected` is what it should say. Throws where no clock that says so can be right.
    func confirmation(insteadOf expected: Timestamp) throws(LedgerError) -> ClockConfirmation {
        let wall = clock.now()
        guard wall >= Self.earliest else { throw .clockInDoubt(path: path, clock: wall, expected: max(expected, Self.earliest)) }
        return ClockConfirmation(clock: wall, expected: expected)
    }

    /// The difference that is stored for other processes once the clock is confirmed.
    func anchor(of confirmation: ClockConfirmation) -> ClockAnchor {
        let difference = confirmation.clock.microseconds.saturatingSubtracting(clock.monotonic().microseconds)
        return ClockAnchor(difference: difference, monotonicClock: clock.monotonicName)
    }

    /// Trusts the clock from now on.
    func believe(_ anchor: ClockAnchor, _ confirmation: ClockConfirmation) {
        state.withLock { state in
            believe(anchor.difference, clock.monotonic(), isSettled: true, &state)
            state.stored = anchor
        }
        newest.store(confirmation.clock.microseconds, ordering: .relaxed)
    }

    /// Stores the difference for other processes, where they know none or another. To be called in each transaction that appends.
    func publish(_ tables: LogTables, _ time: RecordTime, _ transaction: inout WriteTransaction) throws {
        remember(decidedAt: time.decidedAt)
        newestStamp.max(time.recordedAt.microseconds, ordering: .relaxed)
        guard isAnchored.load(ordering: .acquiring) else { return }
        let anchor = ClockAnchor(difference: difference.load(ordering: .relaxed), monotonicClock: clock.monotonicName)
        let isKnown = state.withLock { $0.stored == anchor }
        if isKnown { return }
        try anchor.store(tables, &transaction)
        state.withLock { $0.stored = anchor }
    }

    // MARK: What is trusted

    private func isBelieved(_ now: Int64) -> Bool {
        isAnchored.load(ordering: .acquiring)
            && Self.isNear(now, difference.load(ordering: .relaxed))
    }

    /// Reads the clock again: a wrong clock may have been corrected, or another process may have recorded that it is right.
    private func retryIfRecovered(
        _ found: (stored: ClockAnchor?, head: RecordTime?)?, _ wall: Timestamp, _ now: Int64, _ monotonic: MonotonicInstant,
        _ state: inout State
    ) -> Bool {
        if isBelieved(now) { return true }
        guard let (stored, head) = found else { return false }
        if let known = stored?.monotonicName(clock), stored != state.stored, Self.isNear(now, known), !Self.isBehind(wall, head) {
            believe(known, monotonic, isSettled: false, &state)
            state.stored = stored
            newest.store(head?.decidedAt.microseconds ?? .min, ordering: .relaxed)
            return true
        }
        // A clock that was in doubt is trusted without a confirmation only at the expected time, or at that of the newest record.
        let isRight =
            state.wasAnchored
            ? Self.isNear(now, difference.load(ordering: .relaxed)) && !Self.isBehind(wall, head) || Self.isClose(wall, head)
            : Self.isPlausible(wall, after: head)
        if !isAnchored.load(ordering: .relaxed), isRight {
            believe(now, monotonic, isSettled: false, &state)
            return true
        }
        return false
    }

    private func believe(_ difference: Int64, _ monotonic: MonotonicInstant, isSettled: Bool, _ state: inout State) {
        state.renewsAt = monotonic + Self.renewal
        state.wasAnchored = true
        state.settlesAt = monotonic + Self.settling
        self.isSettled.store(isSettled, ordering: .relaxed)
        self.difference.store(difference, ordering: .relaxed)
        isAnchored.store(true, ordering: .releasing)
    }

    /// Doubts the clock, since the log is ahead of it: the difference is no longer evidence.
    private func doubt(after head: RecordTime) {
        let monotonic = clock.monotonic()
        state.withLock { _ in
            isAnchored.store(false, ordering: .releasing)
            difference.store(head.decidedAt.microseconds.saturatingSubtracting(monotonic.microseconds), ordering: .relaxed)
        }
    }

    private func settle(_ monotonic: MonotonicInstant) {
        state.withLock { if monotonic >= $0.settlesAt { isSettled.store(true, ordering: .relaxed) } }
    }

    private func renew(_ now: Int64, _ monotonic: MonotonicInstant) {
        guard now != difference.load(ordering: .relaxed) else { return }
        state.withLock { state in
            guard monotonic >= state.renewsAt else { return }
            state.renewsAt = monotonic + Self.renewal
            difference.store(now, ordering: .relaxed)
        }
    }

    private static func isNear(_ a: Int64, _ b: Int64) -> Bool {
        a.saturatingSubtracting(b).magnitude <= UInt64(toleranceMicroseconds)
    }

    private static func isBehind(_ wall: Timestamp, _ head: RecordTime?) -> Bool {
        guard let head else { return false }
        return head.decidedAt.microseconds.saturatingSubtracting(wall.microseconds) > toleranceMicroseconds
    }

    private static func isClose(_ wall: Timestamp, _ head: RecordTime?) -> Bool {
        head.map { isNear(wall.microseconds, $0.decidedAt.microseconds) } ?? false
    }

    private static func isTooLong(_ wall: Timestamp, after head: RecordTime) -> Bool {
        wall - head.decidedAt > maxIdle
    }

    /// Whether the clock is plausible by the newest record alone.
    private static func isPlausible(_ wall: Timestamp, after head: RecordTime?) -> Bool {
        guard wall >= earliest else { return false }
        guard let head else { return true }
        return !isBehind(wall, head) && !isTooLong(wall, after: head)
    }

    private static func expected(after head: RecordTime?) -> Timestamp { max(head?.decidedAt ?? earliest, earliest) }
}

extension ClockAnchor {
    /// The difference, where it belongs to the monotonic clock that this process reads.
    fileprivate func monotonicName(_ clock: LedgerClock) -> Int64? { monotonicClock == clock.monotonicName ? difference : nil }
}
