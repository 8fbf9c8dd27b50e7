internal import Bytes
internal import KeyEvents
internal import Synchronization
internal import Validation

/// Says, for the server's log, which keys were presented that this ledger does not know: well-formed ones, since others are mostly
/// mistyped. Of none more than its hint, and where it came from. They stand in no record: anybody can present as many as they like.
///
/// A key from one address is told of at once, and then once in `pause` with how often it came meanwhile; of different ones at most
/// `most` in that time, and how many there were beside them.
final class UnknownKeys: Sendable {
    private struct Presentation: Hashable {
        let hint: String
        let address: IPAddress?

        var words: String { "a key that nobody has, \(hint), was presented from \(address?.description ?? "an unknown address")" }
    }

    private struct State {
        /// How often each came since it was told of.
        var counts: [Presentation: UInt64] = [:]
        var others: UInt64 = 0
        var openedAt: Int64 = 0
    }

    static let most = 10
    /// In microseconds.
    static let pause: Int64 = 1_000_000

    private let clock: LedgerClock
    private let report: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(clock: LedgerClock, report: @escaping @Sendable (String) -> Void) {
        self.clock = clock
        self.report = report
    }

    /// To be told of every verdict that is recorded of no key. `address`: by which it was decided.
    func note(_ verdict: Verdict, from address: IPAddress?) {
        guard let hint = verdict.unknownHint else { return }
        say()
        let presentation = Presentation(hint: hint, address: address)
        let isNew = state.withLock { state in
            if state.counts.isEmpty, state.others == 0 { state.openedAt = clock.monotonicMicroseconds() }
            if let count = state.counts[presentation] {
                state.counts[presentation] = count.saturatingAdding(1)
                return false
            }
            guard state.counts.count < Self.most else {
                state.others = state.others.saturatingAdding(1)
                return false
            }
            state.counts[presentation] = 0
            return true
        }
        if isNew { report(presentation.words) }
    }

    /// Says what has repeated itself, once the time for it has come. To be called several times a second. `isLast`: now.
    func say(isLast: Bool = false) {
        let now = clock.monotonicMicroseconds()
        let told = state.withLock { state -> State? in
            guard !state.counts.isEmpty, isLast || now - state.openedAt >= Self.pause else { return nil }
            let told = state
            // What repeats itself is counted on; the rest is as new when it comes again.
            state = State(counts: state.counts.filter { $0.value > 0 }.mapValues { _ in 0 }, openedAt: now)
            return told
        }
        guard let told else { return }
        for (presentation, count) in told.counts where count > 0 { report("\(presentation.words) (\(count) more times)") }
        if told.others > 0 { report("other keys that nobody has were presented \(told.others) times") }
    }
}
