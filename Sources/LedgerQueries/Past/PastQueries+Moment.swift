internal import EventLog
public import KeyEvents
internal import Ledger
internal import Storage

extension PastQueries {
    /// `field`: what the point came as, for the words of a refusal. Refused: a point before the first record, after the last, or in
    /// the future, of which nothing is known yet.
    public func moment(_ point: LogPoint, field: String) throws -> Moment {
        let (first, next) = try bounds()
        func refusal(_ problem: String) -> ServiceError { .invalid(field: field, problem: problem) }
        guard first < next else { throw refusal("asks for a moment of a log that has no record yet.") }
        switch point {
        case .position(let position):
            guard position < next else { throw refusal("is position \(position), and the last record stands at \(next - 1).") }
            guard position >= first else { throw refusal("is position \(position), and the first record at hand stands at \(first).") }
            return Moment(end: position + 1, clock: try recordTime(at: position).decidedAt, field: field)
        case .time(let time):
            guard time <= ledger.time.now else { throw refusal("lies in the future: by the ledger's clock it is \(ledger.time.now).") }
            let end = try ledger.reader.position(notBefore: time.adding(microseconds: 1))
            guard end > first else {
                throw refusal("lies before the first record, which was made at \(try recordTime(at: first).recordedAt).")
            }
            return Moment(end: end, clock: time, field: field)
        }
    }

    /// From a point on, or from the beginning, and before another, or up to now; one that would end in the future ends now, and says so
    /// (`LogSpan.endTime`): just behind the newest record, so that what is recorded from then on lies in the span that follows, whatever was
    /// being written meanwhile. `fields`: what the two came as, for the words of a refusal. Refused: a span that ends before it begins.
    public func span(
        from start: LogPoint?, to end: LogPoint?, fields: (from: String, to: String) = ("from", "to")
    ) throws -> LogSpan {
        // What was stamped before a moment that has hardly passed may still be being written, by whichever process.
        if case .time(let time)? = end, time <= ledger.time.now, time > ledger.time.now.adding(seconds: -Self.writing) {
            try? ledger.environment.write { _ in }
        }
        let (first, next) = try bounds()
        func refusal(_ field: String, _ problem: String) -> ServiceError { .invalid(field: field, problem: problem) }
        let last: Timestamp? = if case .time(let time)? = end, time <= ledger.time.now { time } else { nil }
        let moment =
            switch end {
            // The position after the last record is the end of everything.
            case nil, .position(next)?: Moment(end: next, clock: ledger.time.now, field: fields.to)
            case .position(let position)? where position > next:
                throw refusal(fields.to, "is position \(position), and the log ends before position \(next).")
            case .position(0)?: throw refusal(fields.to, "lies before the first record.")
            case .position(let position)?: try self.moment(.position(position - 1), field: fields.to)
            case .time(let time)? where time > ledger.time.now: Moment(end: next, clock: ledger.time.now, field: fields.to)
            // Nothing was recorded before the first record, which is an answer too.
            case .time(let time)?:
                Moment(end: max(first, try ledger.reader.position(notBefore: time)), clock: time.adding(microseconds: -1), field: fields.to)
            }
        let begin: UInt64 =
            switch start {
            case .position(next)?: next
            default: max(first, try position(of: start, field: fields.from))
            }
        // By the clock too: between two records there are many times, and one position.
        if case .time(let time)? = start, let last, time > last { throw refusal(fields.from, "must lie before \(fields.to).") }
        guard begin <= moment.end else { throw refusal(fields.from, "must lie before \(fields.to).") }
        let startTime: Timestamp? = if case .time(let time)? = start { time } else { nil }
        let newest = try next > first ? recordTime(at: next - 1).recordedAt.adding(microseconds: 1) : ledger.time.now
        let endTime: Timestamp =
            if let last {
                last
            } else if case .position(let position)? = end, position < next {
                moment.clock
            } else {
                max(newest, startTime ?? newest)
            }
        return LogSpan(start: begin, end: moment, startTime: startTime, endTime: endTime)
    }

    /// In seconds: no record waits longer for its transaction to end.
    private static let writing: Int64 = 10

    /// The first position of what was recorded from a point on; that of the first record for `nil`.
    public func position(of point: LogPoint?, field: String) throws -> UInt64 {
        switch point {
        case nil: return try bounds().first
        case .position(let position)?:
            let next = try bounds().next
            guard position < next else {
                throw ServiceError.invalid(
                    field: field, problem: "is position \(position), and the log ends before position \(next).")
            }
            return position
        case .time(let time)?:
            guard time <= ledger.time.now else {
                throw ServiceError.invalid(field: field, problem: "lies in the future: by the ledger's clock it is \(ledger.time.now).")
            }
            return try ledger.reader.position(notBefore: time)
        }
    }

    /// The time that a point stands for.
    public func time(of point: LogPoint, field: String) throws -> Timestamp {
        if case .time(let time) = point { time } else { try moment(point, field: field).clock }
    }

    private func bounds() throws -> (first: UInt64, next: UInt64) {
        try ledger.environment.read { (try ledger.reader.firstPosition($0), try ledger.reader.next($0)) }
    }

    private func recordTime(at position: UInt64) throws -> RecordTime {
        guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
        return event.time
    }
}
