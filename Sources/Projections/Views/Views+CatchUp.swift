internal import EventLog
internal import KeyEvents
internal import Storage

extension Views {
    /// Reads the log to its head.
    ///
    /// - Parameter progress: is called with the position after each batch.
    /// - Returns: the position after the last record that the views have read.
    /// - Throws: the errors of reading the log and of writing the views.
    @available(*, noasync)
    @discardableResult
    public func catchUp(progress: (UInt64) -> Void = { _ in }) throws -> UInt64 {
        try rebuildingOnce { using in
            using(try generations.current().number)
            return try catchUpAsTheyAre(progress: progress)
        }
    }

    /// Reads the log to its head as `catchUp` does, but throws where the views are damaged.
    @discardableResult
    func catchUpAsTheyAre(progress: (UInt64) -> Void) throws -> UInt64 {
        while true {
            // The result of each batch is kept; the next call continues from there.
            try Cancellation.check()
            let generation = try generations.current()
            let head = try reader.environment.read { try reader.next($0) }
            let known = try read(generation) { try generation.progress($0) }
            if let known, known.version > ViewProgress.codeVersion {
                throw LogError.newerVersion(found: known.version, known: ViewProgress.codeVersion)
            }
            if let known, try isOutdated(known) {
                _ = try Cancellation.shielded { try rebuild(.ifOutdated, progress: progress) }
                continue
            }
            if let known, known.next >= head { return known.next }
            let end = try Cancellation.shielded { try advance(generation, limit: ViewBatch.maxRecords, end: .max, wanted: head) }
            if let end { progress(end) }
            if let end, end >= head { return end }
        }
    }

    /// Returns whether a generation was filled by older code, or from another log than this one.
    func isOutdated(_ progress: ViewProgress) throws -> Bool {
        try progress.version < ViewProgress.codeVersion || !progress.matches(reader)
    }

    /// Reads one batch into a generation. Returns the position reached, or `nil` when the generation was superseded before. Where
    /// several threads want the same batch, one writes it, and those that waited find it done: each commit takes disk time from the
    /// log's.
    func advance(_ generation: ViewGeneration, limit: Int, end: UInt64, wanted: UInt64 = .max) throws -> UInt64? {
        let (logID, first) = try reader.environment.read { (try reader.logID($0), try reader.firstPosition($0)) }
        return try generations.withCure {
            try generation.environment.write { transaction in
                guard try generation.successor(transaction) == nil else { return nil }
                let known = try generation.progress(transaction) ?? ViewProgress(logID: logID, next: first, lastLeaf: nil)
                if known.next >= wanted { return known.next }
                let records = min(end, wanted).saturatingSubtracting(known.next)
                let keyBudget = try ViewBatch.keyBudget(of: records, generation.tables, transaction)
                var batch = ViewBatch(from: known, snapshots: snapshots, keyBudget: keyBudget)
                try batch.read(from: reader, limit: limit, end: end)
                if batch.next > known.next { try batch.write(to: generation.tables, logID: logID, &transaction) }
                return batch.next
            }
        }
    }
}
