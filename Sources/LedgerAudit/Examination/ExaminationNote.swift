/// Something that whoever runs a ledger should know, and that is not wrong.
package struct ExaminationNote: Codable, Equatable, Sendable {
    package enum Level: String, Codable, Sendable {
        /// For the record.
        case fine
        /// To be looked at.
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
