internal import EventLog
internal import KeyEvents
internal import Storage

extension Views {
    /// Reads the log to its head. Answers the position after the last record the views reflect.
    @available(*, noasync)
    @discardableResult
    public func catchUp(progress: (UInt64) -> Void = { _ in }) throws -> UInt64 {
        try rebuildingOnce { using in
            using(try generations.current().number)
            return try catchUpAsTheyAre(progress: progress)
        }
    }

    /// As above, but throws where they are damaged.
    @discardableResult
    func catchUpAsTheyAre(progress: (UInt64) -> Void) throws -> UInt64 {
        while true {
            // What a batch has read is kept; the next to ask goes on from there.
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
            let end = try Cancellation.shielded { try advance(generation, limit: ViewBatch.largest, end: .max, wanted: head) }
            if let end { progress(end) }
            if let end, end >= head { return end }
        }
    }

    /// Filled by older code, or from another log than there is now.
    func isOutdated(_ progress: ViewProgress) throws -> Bool {
        try progress.version < ViewProgress.codeVersion || !progress.matches(reader)
    }

    /// One batch into a generation; answers the position reached, `nil` when the generation was superseded meanwhile. Of many who
    /// want the same one writes, and those who waited for it find theirs done: each commit takes the disk from the log's.
    func advance(_ generation: Generation, limit: Int, end: UInt64, wanted: UInt64 = .max) throws -> UInt64? {
        let (logID, first) = try reader.environment.read { (try reader.logID($0), try reader.firstPosition($0)) }
        return try generations.withCure {
            try generation.environment.write { transaction in
                guard try generation.successor(transaction) == nil else { return nil }
                let known = try generation.progress(transaction) ?? ViewProgress(logID: logID, next: first, lastLeaf: nil)
                if known.next >= wanted { return known.next }
                let records = min(end, wanted).saturatingSubtracting(known.next)
                let mostKeys = try ViewBatch.mostKeys(of: records, generation.tables, transaction)
                var batch = ViewBatch(from: known, snapshots: snapshots, mostKeys: mostKeys)
                try batch.read(from: reader, limit: limit, end: end)
                if batch.next > known.next { try batch.write(to: generation.tables, logID: logID, &transaction) }
                return batch.next
            }
        }
    }
}
