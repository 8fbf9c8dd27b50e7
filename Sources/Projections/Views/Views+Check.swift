internal import EventLog
internal import Storage

extension Views {
    /// Brings what is in force to the head and compares it with a rebuild, `page` entries in a read transaction, each page at the
    /// position that what is in force has reached by then. Answers the last of them.
    @available(*, noasync)
    public func check(
        page: Int = DifferenceList.page, progress: (UInt64) -> Void
    ) throws -> (position: UInt64, differences: DifferenceList) {
        var differences = DifferenceList()
        // Catching up mends this one without a word.
        if try isProgressWrong() {
            let key = Generation.progressKey
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

    /// Whether the views say of themselves what is true of no log here. That older code filled them is no fault.
    private func isProgressWrong() throws -> Bool {
        let generation = try generations.current()
        guard let known = try read(generation, { try generation.progress($0) }) else { return false }
        if known.version == ViewProgress.codeVersion {
            // Of the log that was forked they were right.
            return try !known.matches(reader) && !reader.lineage().contains(known.logID)
        }
        return known.version == 0
    }

    private func compare(
        _ live: Generation, withRebuiltAs number: UInt64, page: Int, progress: (UInt64) -> Void
    ) throws -> (position: UInt64, differences: DifferenceList) {
        let rebuilt = try Generation(folder: generations.folder.path, number: number, isBeingBuilt: true)
        try fill(rebuilt, progress: progress, end: position())
        var differences = DifferenceList()
        var position: UInt64 = 0
        for name in ViewTables.compared {
            var last: [UInt8]? = []
            while let previous = last {
                last = try read(live) { transaction in
                    // What was added since the page before.
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
