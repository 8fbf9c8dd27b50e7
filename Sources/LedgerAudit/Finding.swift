/// Something that is wrong with a log, or with what belongs to it.
public struct Finding: Codable, Equatable, Sendable {
    /// The position of the record to blame, of several the first; `nil` where no single record is to blame.
    public let position: UInt64?
    /// What is wrong, as a clause.
    public let what: String

    /// Creates a finding.
    ///
    /// - Parameters:
    ///   - position: The position of the record to blame; `nil` where no single one is.
    ///   - what: What is wrong, as a clause.
    public init(position: UInt64?, what: String) {
        self.position = position
        self.what = what
    }
}
