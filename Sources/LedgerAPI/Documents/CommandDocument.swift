internal import KeyEvents
public import Ledger

/// The short response to revoking, disabling and enabling a key.
public struct CommandDocument: Encodable, Sendable {
    /// The identifier of the key.
    public let id: String
    /// The status of the key right after the command, or after the first one where `repeated`.
    public let status: String
    /// Whether this call made the change: false when the key already had this status, or the same command was carried out
    /// before.
    public let changed: Bool
    /// Whether the same command came before, and this is what it was answered.
    public let repeated: Bool
    /// The position of the event that made the change.
    public let position: UInt64

    /// Creates the document of a command's outcome.
    public init(_ outcome: CommandOutcome) {
        id = outcome.key.state.id.description
        status = outcome.key.state.status(at: outcome.decidedAt).rawValue
        changed = outcome.isChange
        repeated = outcome.isRepeat
        position = outcome.position
    }
}
