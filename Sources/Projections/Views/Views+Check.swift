internal import EventLog
internal import Storage

extension Views {
    /// Brings the generation in force to the head and compares it with a rebuild, `page` entries in a read transaction, each page at
    /// the position that the generation in force has reached by then. Returns the last of these positions.
    @available(*, noasync)
    public func check(
        page: Int = DifferenceList.page, progress: (UInt64) -> Void
    ) throws -> (position: UInt64, differences: DifferenceList) {
        var differences = DifferenceList()
        // Catching up would repair this state without a report.
        if try isProgressWrong() {
            let key = ViewGeneration.progressKey
            differences.add("views/meta", key.span, .different)
        }
        try catchUpAsTheyAre { _ in }
        return try generations.withRebuildLock {
            let live = try generations.current()
            let number = try generations.makeNext(after: live)
            defer { generations.folder.remove(String(number)) }
            let (position, others) = try compare(live, withRebuiltAs: number, page: page, progress: progress)
            differences.add(others)
            return (position, differences)
        }
    }

    /// Returns whether the progress that the views record is true of no log here. Being filled by older code is no fault.
    private func isProgressWrong() throws -> Bool {
        let generation = try generations.current()
        guard let known = try read(generation, { try generation.progress($0) }) else { return false }
        if known.version == ViewProgress.codeVersion {
            // The progress may be true of the log that was forked.
            return try !known.matches(reader) && !reader.lineage().contains(known.logID)
        }
        return known.version == 0
    }

    private func compare(
        _ live: ViewGeneration, withRebuiltAs number: UInt64, page: Int, progress: (UInt64) -> Void
    ) throws -> (position: UInt64, differences: DifferenceList) {
        let rebuilt = try ViewGeneration(folder: generations.folder.path, number: number, isBeingBuilt: true)
        try fill(rebuilt, progress: progress, end: position())
        var differences = DifferenceList()
        var position: UInt64 = 0
        for name in ViewTables.compared {
            var last: [UInt8]? = []
            while let previous = last {
                last = try read(live) { transaction in
                    // Some records may have been added since the page before.
                    position = try live.progress(transaction)?.next ?? 0
                    try fill(rebuilt, progress: progress, end: position)
                    return try rebuilt.environment.read { expected in
                        try differences.compare(
                            "views/" + name, transaction, live.environment.table(name), expected, rebuilt.environment.table(name),
                            after: previous, limit: page)
                    }
                }
            }
        }
        return (position, differences)
    }
}
