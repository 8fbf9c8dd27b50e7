internal import EventLog
internal import Storage

extension Views {
    /// Fills the next generation beside the one in force, then puts it in force.
    ///
    /// - Parameter progress: is called with the position after each batch.
    /// - Returns: the position up to which the new generation has read the log.
    /// - Throws: the errors of reading the log and of writing the views.
    @available(*, noasync)
    @discardableResult
    public func rebuild(progress: (UInt64) -> Void) throws -> UInt64 { try rebuild(.always, progress: progress) }

    /// The cause of a rebuild. Where several threads or processes find the views outdated or damaged, one rebuilds them, and those that
    /// waited for it have nothing left to do.
    enum RebuildCause {
        case always
        case ifOutdated
        /// The generation of this number is damaged; `nil` where none could be opened.
        case unlessReplaced(UInt64?)
    }

    @discardableResult
    func rebuild(_ cause: RebuildCause, progress: (UInt64) -> Void) throws -> UInt64 {
        try generations.withRebuildLock {
            let old = try generations.readable()
            if let reached = try reached(old, cause) { return reached }
            let number = try generations.makeNext(after: old)
            // The first pass reads most of the log, while the old generation stays in use.
            try build(number, progress: progress)
            return try generations.replace(old, by: number) { try build(number, progress: progress) }
        }
    }

    /// Returns the position up to which the generation in force has read the log, where it makes a rebuild unnecessary; `nil`
    /// otherwise.
    private func reached(_ current: ViewGeneration?, _ cause: RebuildCause) throws -> UInt64? {
        guard let current else { return nil }
        switch cause {
        case .always: return nil
        case .ifOutdated: break
        case .unlessReplaced(let damaged): if let damaged, current.number <= damaged { return nil }
        }
        guard let known = try? read(current, { try current.progress($0) }), try !isOutdated(known) else { return nil }
        return known.next
    }

    /// Brings a generation that is not in use yet to the head. It is durable and closed on return.
    @discardableResult
    private func build(_ number: UInt64, progress: (UInt64) -> Void) throws -> UInt64 {
        let new = try ViewGeneration(folder: generations.folder.path, number: number, isBeingBuilt: true)
        let reached = try fill(new, progress: progress)
        try new.environment.sync()
        return reached
    }

    /// Reads the log to the head that it has now.
    @discardableResult
    func fill(_ generation: ViewGeneration, progress: (UInt64) -> Void, end: UInt64? = nil) throws -> UInt64 {
        let head = try end ?? reader.environment.read { try reader.next($0) }
        var reached: UInt64 = 0
        while true {
            let next = try advance(generation, limit: ViewBatch.maxRecords, end: head) ?? head
            progress(next)
            // A log that was rolled back ends before the position that the views have read.
            if next >= head || next == reached { return next }
            reached = next
        }
    }
}
