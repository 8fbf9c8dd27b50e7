internal import HTTPTypes
internal import KeyEvents
internal import LedgerAPI
internal import Synchronization

/// The limiter of open streams: it counts them, and decides whether there is room for another.
final class StreamLimiter: Sendable {
    private struct Counts {
        var all = 0
        var byAccount: [AccountID: Int] = [:]
    }

    private let settings: EventStreamSettings
    private let counts = Mutex(Counts())

    init(_ settings: EventStreamSettings) { self.settings = settings }

    var taken: Int { counts.withLock { $0.all } }

    /// Takes a permit for one stream. Throws a problem when as many streams are open as may be.
    func take(for account: AccountID) throws(Problem) -> StreamPermit {
        let isFree = counts.withLock { counts in
            let own = counts.byAccount[account] ?? 0
            let limit = account.isOperator ? settings.maxStreams : settings.maxStreams - settings.reserved
            guard counts.all < limit, account.isOperator || own < settings.maxPerAccount else { return false }
            counts.all += 1
            counts.byAccount[account] = own + 1
            return true
        }
        guard isFree else {
            throw Problem(
                .tooManyStreams, "As many streams of events are open as can be; close some, or ask again later.",
                headers: [.retryAfter: "5"])
        }
        return StreamPermit(self, account)
    }

    fileprivate func leave(_ account: AccountID) {
        counts.withLock { counts in
            counts.all -= 1
            let own = counts.byAccount[account] ?? 0
            counts.byAccount[account] = own > 1 ? own - 1 : nil
        }
    }
}

/// The permit of one stream. It is returned when the last reference to it is released, however the stream ended, or if it never
/// began.
final class StreamPermit: Sendable {
    private let limiter: StreamLimiter
    private let account: AccountID

    fileprivate init(_ limiter: StreamLimiter, _ account: AccountID) {
        self.limiter = limiter
        self.account = account
    }

    deinit { limiter.leave(account) }
}
