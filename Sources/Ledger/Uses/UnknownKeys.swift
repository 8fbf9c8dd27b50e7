internal import Bytes
internal import KeyEvents
internal import Synchronization
internal import Validation

/// Reports, for the server's log, which presented keys this ledger does not know: only well-formed ones, since others are mostly
/// mistyped, and each only by its hint and its address. They are not recorded: anybody can present as many as they like.
///
/// A key from one address is reported at once, and then once per `pause` with the number of its repetitions; of different keys no more
/// than `maxReported` are reported in that time, with the number of the others.
final class UnknownKeys: Sendable {
    private struct Presentation: Hashable {
        let hint: String
        let address: IPAddress?

        var words: String { "a key that nobody has, \(hint), was presented from \(address?.description ?? "an unknown address")" }
    }

    private struct State {
        /// The number of presentations of each key since it was last reported.
        var counts: [Presentation: UInt64] = [:]
        var others: UInt64 = 0
        var openedAt = MonotonicInstant.earliest
    }

    /// The maximum number of different keys that are reported per `pause`.
    static let maxReported = 10
    /// The time between two reports of the same key.
    static let pause = Duration.seconds(1)

    private let clock: LedgerClock
    private let report: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(clock: LedgerClock, report: @escaping @Sendable (String) -> Void) {
        self.clock = clock
        self.report = report
    }

    /// Notes a verdict that belongs to no known key; `address` is the address by which it was decided.
    func note(_ verdict: Verdict, from address: IPAddress?) {
        guard let hint = verdict.unknownHint else { return }
        say()
        let presentation = Presentation(hint: hint, address: address)
        let isNew = state.withLock { state in
            if state.counts.isEmpty, state.others == 0 { state.openedAt = clock.monotonic() }
            if let count = state.counts[presentation] {
                state.counts[presentation] = count.saturatingAdding(1)
                return false
            }
            guard state.counts.count < Self.maxReported else {
                state.others = state.others.saturatingAdding(1)
                return false
            }
            state.counts[presentation] = 0
            return true
        }
        if isNew { report(presentation.words) }
    }

    /// Reports repetitions when they are due; the method is called several times a second. With `isLast` it reports them at once.
    func say(isLast: Bool = false) {
        let now = clock.monotonic()
        let reported = state.withLock { state -> State? in
            guard !state.counts.isEmpty, isLast || now - state.openedAt >= Self.pause else { return nil }
            let reported = state
            // A repeated key is counted further; any other is reported as new when it is presented again.
            state = State(counts: state.counts.filter { $0.value > 0 }.mapValues { _ in 0 }, openedAt: now)
            return reported
        }
        guard let reported else { return }
        for (presentation, count) in reported.counts where count > 0 { report("\(presentation.words) (\(count) more times)") }
        if reported.others > 0 { report("other keys that nobody has were presented \(reported.others) times") }
    }
}
