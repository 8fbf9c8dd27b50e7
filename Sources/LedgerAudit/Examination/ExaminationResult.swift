/// What an examination has said, up to its end or to the crash of its process.
package struct ExaminationResult: Sendable {
    package private(set) var damaged: [Finding] = []
    package private(set) var notes: [ExaminationNote] = []
    /// The totals of the log; `nil` where it was not read to its end.
    package private(set) var totals: ScanTotals?
    /// The reason why nothing can be said about the data; `nil` where the data was examined.
    package private(set) var unavailable: String?
    /// The position of the last record that was about to be read.
    package private(set) var lastSeen: UInt64?
    /// The position of the last record of the log.
    package private(set) var lastPosition: UInt64?
    /// Whether the examination has come to its end.
    package private(set) var isComplete = false
    /// Whether the process of the examination has crashed.
    package var isCrash = false

    package init() {}

    package mutating func add(_ message: ExaminationMessage) {
        switch message {
        case .reading(let position): lastSeen = position
        case .damage(let finding): damaged.append(finding)
        case .note(let note): notes.append(note)
        case .scanned(let totals): self.totals = totals
        case .unavailable(let reason): unavailable = reason
        case .done(let last):
            isComplete = true
            lastPosition = last
        }
    }
}
