internal import EventLog
public import KeyEvents
internal import Ledger
internal import Storage

extension PastQueries {
    /// Resolves a point of the log to a state of the past. A point before the first record, after the last, or in the future is
    /// refused, since nothing is known of it.
    ///
    /// - Parameters:
    ///   - bound: the position or time.
    ///   - field: the name of the field that held the point, for the message of a refusal.
    /// - Returns: the records that existed at the point, and the time on the clock.
    /// - Throws: `ServiceError.invalid` for a point that is refused; the errors of reading the log.
    public func asOf(_ bound: LogBound, field: String) throws -> AsOf {
        let (first, next) = try bounds()
        func refusal(_ problem: String) -> ServiceError { .invalid(field: field, problem: problem) }
        guard first < next else { throw refusal("asks for a moment of a log that has no record yet.") }
        switch bound {
        case .position(let position):
            guard position < next else { throw refusal("is position \(position), and the last record stands at \(next - 1).") }
            guard position >= first else { throw refusal("is position \(position), and the first record at hand stands at \(first).") }
            return AsOf(end: position + 1, clock: try recordTime(at: position).decidedAt, field: field)
        case .time(let time):
            guard time <= ledger.time.now else { throw refusal("lies in the future: by the ledger's clock it is \(ledger.time.now).") }
            let end = try ledger.reader.position(notBefore: time.adding(microseconds: 1))
            guard end > first else {
                throw refusal("lies before the first record, which was made at \(try recordTime(at: first).recordedAt).")
            }
            return AsOf(end: end, clock: time, field: field)
        }
    }

    /// Resolves two points to a span of the log. A span that would end in the future ends now, which `LogSpan.endTime` says: just after
    /// the newest record, so that whatever is recorded from then on lies in the span that follows, even if it was being written
    /// meanwhile.
    ///
    /// - Parameters:
    ///   - start: where the span begins; `nil` for the beginning of the log.
    ///   - end: before which point the span ends; `nil` for now.
    ///   - fields: the names of the fields that held the two points, for the message of a refusal.
    /// - Returns: the span.
    /// - Throws: `ServiceError.invalid` for a span that ends before it begins, or a point that the log does not have; the errors of
    ///   reading the log.
    public func span(
        from start: LogBound?, to end: LogBound?, fields: (from: String, to: String) = ("from", "to")
    ) throws -> LogSpan {
        let asked = ledger.time.now
        // A record that was stamped just before `end` may still be in the process of being written by some process; an empty write
        // transaction waits for it.
        if case .time(let time)? = end, time <= asked, time > asked - Self.writing { try? ledger.environment.write { _ in } }
        let (first, next) = try bounds()
        func refusal(_ field: String, _ problem: String) -> ServiceError { .invalid(field: field, problem: problem) }
        let startTime: Timestamp? = if case .time(let time)? = start { time } else { nil }
        // `nil`: the span goes on to the newest record.
        let pastEnd: LogBound? =
            switch end {
            case .position(next)?: nil
            case .time(let time)? where time > asked: nil
            default: end
            }
        let asOf: AsOf
        let endTime: Timestamp
        switch pastEnd {
        case nil:
            asOf = AsOf(end: next, clock: ledger.time.now, field: fields.to)
            let newest = try next > first ? recordTime(at: next - 1).recordedAt.adding(microseconds: 1) : ledger.time.now
            endTime = max(newest, startTime ?? newest)
        case .position(let position)?:
            guard position <= next else { throw refusal(fields.to, "is position \(position), and the log ends before position \(next).") }
            guard position > 0 else { throw refusal(fields.to, "lies before the first record.") }
            asOf = try self.asOf(.position(position - 1), field: fields.to)
            endTime = asOf.clock
        case .time(let time)?:
            // The span is empty where it ends before the first record.
            let position = max(first, try ledger.reader.position(notBefore: time))
            asOf = AsOf(end: position, clock: time.adding(microseconds: -1), field: fields.to)
            endTime = time
        }
        let begin = try beginning(of: start, (first, next), field: fields.from)
        // The span is checked by the clock too, since many times between two records have one position.
        if let startTime, case .time(let time)? = pastEnd, startTime > time { throw refusal(fields.from, "must lie before \(fields.to).") }
        guard begin <= asOf.end else { throw refusal(fields.from, "must lie before \(fields.to).") }
        return LogSpan(start: begin, end: asOf, startTime: startTime, endTime: endTime)
    }

    /// The maximum time between a record's stamp and the end of its transaction.
    private static let writing = Duration.seconds(10)

    /// Resolves a point to the first position that was recorded from it on.
    ///
    /// - Parameters:
    ///   - bound: the position or time; `nil` for the beginning of the log.
    ///   - field: the name of the field that held the point, for the message of a refusal.
    /// - Returns: the position.
    /// - Throws: `ServiceError.invalid` for a point in the future or after the last record; the errors of reading the log.
    public func position(of bound: LogBound?, field: String) throws -> UInt64 {
        switch bound {
        case nil: return try bounds().first
        case .position(let position)?:
            let next = try bounds().next
            guard position < next else {
                let end = next == 0 ? "the log has no record yet" : "the last record stands at \(next - 1)"
                throw ServiceError.invalid(field: field, problem: "is position \(position), and \(end).")
            }
            return position
        case .time(let time)?:
            guard time <= ledger.time.now else {
                throw ServiceError.invalid(field: field, problem: "lies in the future: by the ledger's clock it is \(ledger.time.now).")
            }
            return try ledger.reader.position(notBefore: time)
        }
    }

    /// Resolves the point at which a range of the log begins. Unlike with `position(of:field:)` the position after the last record is
    /// allowed: nothing was recorded from there on yet.
    ///
    /// - Parameters:
    ///   - bound: the position or time; `nil` for the beginning of the log.
    ///   - field: the name of the field that held the point, for the message of a refusal.
    /// - Returns: the position.
    /// - Throws: `ServiceError.invalid` for a point in the future or beyond the end of the log; the errors of reading the log.
    public func beginning(of bound: LogBound?, field: String) throws -> UInt64 {
        try beginning(of: bound, bounds(), field: field)
    }

    private func beginning(of bound: LogBound?, _ bounds: (first: UInt64, next: UInt64), field: String) throws -> UInt64 {
        bound == .position(bounds.next) ? bounds.next : max(bounds.first, try position(of: bound, field: field))
    }

    /// Resolves a point to its time.
    ///
    /// - Parameters:
    ///   - bound: the position or time.
    ///   - field: the name of the field that held the point, for the message of a refusal.
    /// - Returns: the time itself, or the time at which the record at the position was decided.
    /// - Throws: `ServiceError.invalid` for a position that the log does not have; the errors of reading the log.
    public func time(of bound: LogBound, field: String) throws -> Timestamp {
        if case .time(let time) = bound { time } else { try asOf(bound, field: field).clock }
    }

    private func bounds() throws -> (first: UInt64, next: UInt64) {
        try ledger.environment.read { (try ledger.reader.firstPosition($0), try ledger.reader.next($0)) }
    }

    private func recordTime(at position: UInt64) throws -> RecordTime {
        guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
        return event.time
    }
}
