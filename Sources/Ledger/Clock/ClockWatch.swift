package import EventLog
internal import KeyEvents
internal import Storage
internal import Synchronization

/// The one place where a ledger reads its clock, and where is said whether what it reads is believed.
///
/// What is believed is a difference: how far the wall clock is ahead of the monotonic one, which nobody sets. A wall clock that is off from
/// it by more than `RecordTime.tolerance` was set, and is doubted until it is right again, or an operator confirms it. Processes on a host know
/// the difference from each other (`ClockAnchor`), for a command line starts anew each time. Where nothing of it is known, as after a start of
/// the machine, the newest record is all there is: a clock that is behind it by more than the tolerance is wrong; one that is ahead cannot be
/// told from one of a ledger that rested, and is believed up to `longestRest`.
///
/// While the clock is doubted, time goes on by the monotonic clock from where it was believed last: so much is known of what ends keys
/// meanwhile, and nothing else is decided.
package final class ClockWatch: Sendable {
    struct Reading {
        /// By which things are decided: what the clock says, or where it is doubted, what it should say.
        let time: Timestamp
        let trust: ClockTrust
        /// What the clock says.
        let wall: Timestamp
    }

    /// No ledger in use rests for longer without a record: a quarter of a year, in microseconds.
    static let longestRest: Int64 = 90 * 86_400_000_000
    /// There was no Keyledger before: a clock that says so has lost its battery.
    static let earliest = Timestamp(seconds: 1_735_689_600)
    /// For how long a process that knows of no difference does nothing that is final by its clock, in microseconds.
    static let settling = ExpirySweep.startPause
    /// A clock that is off from the difference by no more was not set.
    private static let steadiness = ExpirySweep.stepTolerance
    /// How often the difference follows the clock, in microseconds: steps within that time add up.
    private static let renewal: Int64 = 3_600_000_000

    private struct State {
        /// When the difference was last brought up to date, by the monotonic clock.
        var renewedAt: Int64
        /// From when on things may be final, by the monotonic clock.
        var settlesAt: Int64
        /// Whether a difference was ever known: then no other is believed for being possible.
        var wasAnchored: Bool
        /// The difference that other processes find.
        var stored: ClockAnchor?
    }

    private let clock: LedgerClock
    private let reader: LogReader
    /// Of the data folder, for what is told of a doubt.
    private let path: String
    /// The wall clock less the monotonic one, as it is believed; without an anchor, as the newest record has it.
    private let difference: Atomic<Int64>
    private let isAnchored: Atomic<Bool>
    private let isSettled: Atomic<Bool>
    /// The latest time that this process knows something to have been decided by.
    private let newest: Atomic<Int64>
    /// The latest stamp of a record that this process knows of. Records keep it while the clock is behind it by no more than the tolerance,
    /// and are decided by it.
    private let newestStamp: Atomic<Int64>
    private let state: Mutex<State>

    package init(_ clock: LedgerClock, _ reader: LogReader, path: String) throws {
        self.clock = clock
        self.path = path
        self.reader = reader
        let (wall, monotonic) = (clock.now(), clock.monotonicMicroseconds())
        let (stored, head) = try reader.environment.read {
            (try ClockAnchor.stored(reader.tables, $0), try LogReader.newestTime(reader.tables, $0))
        }
        let now = wall.microseconds.saturatingSubtracting(monotonic)
        let known = stored?.monotonicName(clock)
        let isPlausible = Self.isPlausible(wall, after: head)
        // A rest that is too long to be believed is so for whoever starts.
        // Nor is a clock that is behind the log, whatever others have found.
        let isKnown = known != nil && (head.map { !Self.isTooLong(wall, after: $0) } ?? true) && !Self.isBehind(wall, head)
        let isAnchored = isKnown || known == nil && isPlausible
        let believed = known ?? now
        difference = Atomic(isAnchored ? believed : Self.expected(after: head).microseconds.saturatingSubtracting(monotonic))
        self.isAnchored = Atomic(isAnchored)
        // Nothing can be ended in a log without records.
        let isSettled = head == nil || known.map { now.saturatingSubtracting($0).magnitude <= UInt64(Self.steadiness) } ?? false
        self.isSettled = Atomic(isSettled)
        newest = Atomic(head?.decidedAt.microseconds ?? .min)
        newestStamp = Atomic(head?.recordedAt.microseconds ?? .min)
        state = Mutex(
            State(
                renewedAt: monotonic, settlesAt: monotonic.saturatingAdding(Self.settling), wasAnchored: known != nil || isAnchored,
                stored: known == nil ? nil : stored))
    }

    /// Two clocks and a subtraction where nothing is wrong. Otherwise the log is read: not to be called in a turn at its head.
    func read() -> Reading {
        if let reading = readBelieved() { return reading }
        let found = try? reader.environment.read {
            (try ClockAnchor.stored(reader.tables, $0), try LogReader.newestTime(reader.tables, $0))
        }
        return judge(found)
    }

    /// `nil` where the clock is not believed so far.
    private func readBelieved() -> Reading? {
        let (wall, monotonic) = (clock.now(), clock.monotonicMicroseconds())
        let now = wall.microseconds.saturatingSubtracting(monotonic)
        guard isBelieved(now) else { return nil }
        if !isSettled.load(ordering: .relaxed) { settle(monotonic) }
        renew(now, monotonic)
        return Reading(time: wall, trust: isSettled.load(ordering: .relaxed) ? .settled : .unsettled, wall: wall)
    }

    /// By what other processes, and the newest record, say of the clock; `nil`: that cannot be read.
    private func judge(_ found: (stored: ClockAnchor?, head: RecordTime?)?) -> Reading {
        state.withLock { state in
            let (wall, monotonic) = (clock.now(), clock.monotonicMicroseconds())
            let now = wall.microseconds.saturatingSubtracting(monotonic)
            if lookAgain(found, wall, now, monotonic, &state) { return Reading(time: wall, trust: .unsettled, wall: wall) }
            let time = Timestamp(microseconds: monotonic.saturatingAdding(difference.load(ordering: .relaxed)))
            return Reading(time: time, trust: .doubted, wall: wall)
        }
    }

    /// What is decided and recorded after the head of the log goes by. A log that is ahead of the clock was stamped by another one: one of the
    /// two is wrong.
    package func time(after head: LogHead) -> TurnTime {
        var reading = readBelieved() ?? judge((nil, head.time))
        if reading.trust != .doubted, let time = head.time, Self.isBehind(reading.wall, time) {
            doubt(after: time)
            reading = judge((nil, time))
        }
        let time = RecordTime(clock: latest(reading), after: head.time)
        // The clock itself, where the stamp is later only for what was said before.
        let isNear = !Self.isBehind(reading.time, RecordTime(recordedAt: time.recordedAt))
        let occurredAt = isNear && reading.time < time.recordedAt ? reading.time : time.occurredAt
        return TurnTime(RecordTime(recordedAt: time.recordedAt, occurredAt: occurredAt), reading.trust)
    }

    /// The clock, or the latest time by which this process knows something to have been decided.
    var now: Timestamp { latest(read()) }

    private func latest(_ reading: Reading) -> Timestamp {
        func isNear(_ known: Timestamp) -> Bool { !Self.isBehind(reading.time, RecordTime(recordedAt: known)) }
        let decided = Timestamp(microseconds: newest.load(ordering: .relaxed))
        let stamp = Timestamp(microseconds: newestStamp.load(ordering: .relaxed))
        return max(reading.time, isNear(decided) ? decided : reading.time, isNear(stamp) ? stamp : reading.time)
    }

    /// Something was decided by that time, and what it said must not be taken back: a record was appended, or a key was said to have ended.
    func remember(decidedAt time: Timestamp) { newest.max(time.microseconds, ordering: .relaxed) }

    /// Why nothing is decided; `nil`: the clock is believed.
    var problem: LedgerError? { problem(read()) }

    /// Throws where a turn at the head of the log goes by what the clock should say.
    func require(_ appender: borrowing Appender) throws(LedgerError) {
        guard appender.clockTrust == .doubted else { return }
        throw .clockInDoubt(path: path, clock: clock.now(), expected: appender.now)
    }

    /// What the clock says, for deciding whom to let in.
    func believed() throws(LedgerError) -> Timestamp {
        let reading = read()
        if let problem = problem(reading) { throw problem }
        return latest(reading)
    }

    /// Throws where what was decided by `clock` was decided later by more than the tolerance: by a record that this process did not know of
    /// and that another clock stamped.
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

    /// What the clock says, where `expected` is what it should say. Throws where no clock can be right that says so.
    func confirmation(insteadOf expected: Timestamp) throws(LedgerError) -> ClockConfirmation {
        let wall = clock.now()
        guard wall >= Self.earliest else { throw .clockInDoubt(path: path, clock: wall, expected: max(expected, Self.earliest)) }
        return ClockConfirmation(clock: wall, expected: expected)
    }

    /// What other processes find once the clock is confirmed.
    func anchor(of confirmation: ClockConfirmation) -> ClockAnchor {
        let difference = confirmation.clock.microseconds.saturatingSubtracting(clock.monotonicMicroseconds())
        return ClockAnchor(difference: difference, monotonicClock: clock.monotonicName)
    }

    /// The clock is believed from now on.
    func believe(_ anchor: ClockAnchor, _ confirmation: ClockConfirmation) {
        state.withLock { state in
            believe(anchor.difference, clock.monotonicMicroseconds(), isSettled: true, &state)
            state.stored = anchor
        }
        newest.store(confirmation.clock.microseconds, ordering: .relaxed)
    }

    /// Tells other processes of the difference, where they know none or another. To be called in each turn that appends.
    func tell(_ tables: LogTables, _ time: RecordTime, _ transaction: inout WriteTransaction) throws {
        remember(decidedAt: time.decidedAt)
        newestStamp.max(time.recordedAt.microseconds, ordering: .relaxed)
        guard isAnchored.load(ordering: .acquiring) else { return }
        let anchor = ClockAnchor(difference: difference.load(ordering: .relaxed), monotonicClock: clock.monotonicName)
        let isKnown = state.withLock { $0.stored == anchor }
        if isKnown { return }
        try anchor.store(tables, &transaction)
        state.withLock { $0.stored = anchor }
    }

    // MARK: What is believed

    private func isBelieved(_ now: Int64) -> Bool {
        isAnchored.load(ordering: .acquiring)
            && Self.isNear(now, difference.load(ordering: .relaxed))
    }

    /// The wrong clock may be gone, or another process have been told that it is right.
    private func lookAgain(
        _ found: (stored: ClockAnchor?, head: RecordTime?)?, _ wall: Timestamp, _ now: Int64, _ monotonic: Int64, _ state: inout State
    ) -> Bool {
        if isBelieved(now) { return true }
        guard let (stored, head) = found else { return false }
        if let known = stored?.monotonicName(clock), stored != state.stored, Self.isNear(now, known), !Self.isBehind(wall, head) {
            believe(known, monotonic, isSettled: false, &state)
            state.stored = stored
            newest.store(head?.decidedAt.microseconds ?? .min, ordering: .relaxed)
            return true
        }
        // After a doubt only the time that should be by now, or that of the newest record, is believed unasked.
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

    private func believe(_ difference: Int64, _ monotonic: Int64, isSettled: Bool, _ state: inout State) {
        state.renewedAt = monotonic
        state.wasAnchored = true
        state.settlesAt = monotonic.saturatingAdding(Self.settling)
        self.isSettled.store(isSettled, ordering: .relaxed)
        self.difference.store(difference, ordering: .relaxed)
        isAnchored.store(true, ordering: .releasing)
    }

    /// The log is ahead of the clock. Nothing speaks for the difference any more.
    private func doubt(after head: RecordTime) {
        let monotonic = clock.monotonicMicroseconds()
        state.withLock { _ in
            isAnchored.store(false, ordering: .releasing)
            difference.store(head.decidedAt.microseconds.saturatingSubtracting(monotonic), ordering: .relaxed)
        }
    }

    private func settle(_ monotonic: Int64) {
        state.withLock { if monotonic >= $0.settlesAt { isSettled.store(true, ordering: .relaxed) } }
    }

    private func renew(_ now: Int64, _ monotonic: Int64) {
        guard now != difference.load(ordering: .relaxed) else { return }
        state.withLock { state in
            guard monotonic.saturatingSubtracting(state.renewedAt) >= Self.renewal else { return }
            state.renewedAt = monotonic
            difference.store(now, ordering: .relaxed)
        }
    }

    private static func isNear(_ a: Int64, _ b: Int64) -> Bool { a.saturatingSubtracting(b).magnitude <= UInt64(RecordTime.tolerance) }

    private static func isBehind(_ wall: Timestamp, _ head: RecordTime?) -> Bool {
        guard let head else { return false }
        return head.decidedAt.microseconds.saturatingSubtracting(wall.microseconds) > RecordTime.tolerance
    }

    private static func isClose(_ wall: Timestamp, _ head: RecordTime?) -> Bool {
        head.map { isNear(wall.microseconds, $0.decidedAt.microseconds) } ?? false
    }

    private static func isTooLong(_ wall: Timestamp, after head: RecordTime) -> Bool {
        wall.microseconds.saturatingSubtracting(head.decidedAt.microseconds) > longestRest
    }

    /// By the newest record alone.
    private static func isPlausible(_ wall: Timestamp, after head: RecordTime?) -> Bool {
        guard wall >= earliest else { return false }
        guard let head else { return true }
        return !isBehind(wall, head) && !isTooLong(wall, after: head)
    }

    private static func expected(after head: RecordTime?) -> Timestamp { max(head?.decidedAt ?? earliest, earliest) }
}

extension ClockAnchor {
    /// The difference, where it is of the clock that this process reads.
    fileprivate func monotonicName(_ clock: LedgerClock) -> Int64? { monotonicClock == clock.monotonicName ? difference : nil }
}
