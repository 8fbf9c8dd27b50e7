/// Something that whoever runs a ledger should know, and that is not wrong.
package struct ExaminationNote: Codable, Equatable, Sendable {
    package enum Level: String, Codable, Sendable {
        /// The note says how things are.
        case fine
        /// The note says what somebody should look at.
        case warning
    }

    package let level: Level
    /// The note in sentences.
    package let text: String

    package init(_ text: String, level: Level) {
        self.level = level
        self.text = text
    }
}
