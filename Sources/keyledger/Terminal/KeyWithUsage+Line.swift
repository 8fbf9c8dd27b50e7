internal import LedgerQueries

extension KeyWithUsage {
    /// The line beside figures that could not be brought up to date; `nil` where they are.
    var staleLine: String? { usageEnd.map { "not up to date: counted from the beginning to before position \($0)" } }
}

extension Sequence<KeyWithUsage> {
    /// The line under a table of figures of which some could not be brought up to date; `nil` where all are.
    var staleLine: String? {
        self.min { ($0.usageEnd ?? .max) < ($1.usageEnd ?? .max) }?.staleLine.map { "The figures are " + $0 + "." }
    }
}
