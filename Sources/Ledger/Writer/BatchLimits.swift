/// The limits of one batch. Larger batches would keep the other writers of the host waiting longer.
enum BatchLimits {
    static let maxJobs = 512
    /// The maximum size of the records of the uses in a batch, in bytes.
    static let maxBytes = 1 << 20
    /// The maximum number of commands in a batch that has only the reserve: this many commands of the maximum size fit into it several
    /// times.
    static let maxJobsOnReserve = 32

    /// Returns how many jobs, from the first on, go into one batch: no more than `maxJobs`, whose records take no more than `maxBytes`.
    /// One job always fits, whatever its size.
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
