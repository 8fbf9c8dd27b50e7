package import KeyEvents
package import LedgerQueries

/// Folds the events of one key, the oldest first, into the lines of its timeline: consecutive uses become one line, and so do consecutive
/// refusals with the same code.
package struct KeyTimeline {
    /// A line of a timeline.
    package enum Line {
        case event(RecordedEvent)
        case presentations(Presentations)
    }

    /// Consecutive presentations of a key with the same outcome.
    package struct Presentations {
        package enum Outcome: Equatable {
            case used
            /// The key called Keyledger itself.
            case usedInternally
            case refused(RefusalCode)
        }

        package let outcome: Outcome
        /// The position and the time of the first record.
        package let first: (position: UInt64, time: Timestamp)
        /// The position and the time of the last record.
        package fileprivate(set) var last: (position: UInt64, time: Timestamp)
        /// The number of presentations.
        package fileprivate(set) var count: UInt64
        /// The addresses that they came from.
        package fileprivate(set) var origins: AddressCounts
    }

    /// The presentations that the next event may add to.
    private var open: Presentations?

    package init() {}

    /// Adds an event. Returns the lines that are complete now.
    package mutating func add(_ recorded: RecordedEvent) -> [Line] {
        guard let new = Presentations(recorded) else { return finish() + [.event(recorded)] }
        guard var joined = open, joined.outcome == new.outcome else {
            defer { open = new }
            return finish()
        }
        joined.last = new.last
        joined.count = joined.count.saturatingAdding(new.count)
        joined.origins.add(new.origins)
        open = joined
        return []
    }

    /// Ends the timeline. Returns the line that was not complete yet.
    package mutating func finish() -> [Line] {
        defer { open = nil }
        return open.map { [.presentations($0)] } ?? []
    }
}

extension KeyTimeline.Presentations {
    /// The presentations that an event records; `nil` where it records none.
    fileprivate init?(_ recorded: RecordedEvent) {
        let event = recorded.event
        switch event.body {
        case .used(let use): (outcome, count) = (use.isInternal ? .usedInternally : .used, use.count)
        case .refused(let use, let code): (outcome, count) = (.refused(code), use.count)
        default: return nil
        }
        first = (recorded.position, event.recordedAt)
        last = first
        origins = event.origins(recorded.personal) ?? AddressCounts(nil, count: count)
    }
}
