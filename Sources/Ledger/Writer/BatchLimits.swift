/// How many jobs go into one turn. With more, others on the host would wait longer for theirs.
enum BatchLimits {
    static let maxJobs = 512
    /// The most that the records of the uses in a turn take, in bytes.
    static let maxBytes = 1 << 20
    /// The most commands in a turn that has only the reserve: this many of the largest fit into it several times.
    static let maxJobsOnReserve = 32

    /// Returns how many jobs, from the first on, go into one turn: `maxJobs` at most, and their records take `maxBytes` at most. One job
    /// always fits, whatever its size.
    static func count(_ recordBytes: some Sequence<Int>, maxJobs: Int = maxJobs) -> Int {
        var (count, sum) = (0, 0)
        for size in recordBytes {
            sum += size
            guard count < maxJobs, sum <= maxBytes || count == 0 else { break }
            count += 1
        }
        return count
    }
}
