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
        let asked = now
        // What was stamped before a moment that has hardly passed may still be being written, by whichever process.
        if case .time(let time)? = end, time <= asked, time > asked.adding(seconds: -Self.writing) { try? environment.write { _ in } }
        let (first, next) = try bounds()
        func refusal(_ field: String, _ problem: String) -> ServiceError { .invalid(field: field, problem: problem) }
        let startTime: Timestamp? = if case .time(let time)? = start { time } else { nil }
        // `nil`: the span goes on to the newest record.
        let pastEnd: LogPoint? =
            switch end {
            case .position(next)?: nil
            case .time(let time)? where time > asked: nil
            default: end
            }
        let moment: Moment
        let endTime: Timestamp
        switch pastEnd {
        case nil:
            moment = Moment(end: next, clock: now, field: fields.to)
            let newest = try next > first ? recordTime(at: next - 1).recordedAt.adding(microseconds: 1) : now
            endTime = max(newest, startTime ?? newest)
        case .position(let position)?:
            guard position <= next else { throw refusal(fields.to, "is position \(position), and the log ends before position \(next).") }
            guard position > 0 else { throw refusal(fields.to, "lies before the first record.") }
            moment = try self.moment(.position(position - 1), field: fields.to)
            endTime = moment.clock
        case .time(let time)?:
            // Nothing was recorded before the first record, which is an answer too.
            let position = max(first, try reader.position(notBefore: time))
            moment = Moment(end: position, clock: time.adding(microseconds: -1), field: fields.to)
            endTime = time
        }
        let begin = start == .position(next) ? next : max(first, try position(of: start, field: fields.from))
        // By the clock too: between two records there are many times, and one position.
        if let startTime, case .time(let time)? = pastEnd, startTime > time { throw refusal(fields.from, "must lie before \(fields.to).") }
        guard begin <= moment.end else { throw refusal(fields.from, "must lie before \(fields.to).") }
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
