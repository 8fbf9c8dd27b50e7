public import KeyEvents
public import Ledger

/// The short response to revoking, disabling and enabling a key.
public struct CommandDocument: Encodable, Sendable {
    /// The identifier of the key.
    public let id: String
    /// The status of the key after the command.
    public let status: String
    /// Whether this call made the change: false when the key already had this status, or the same command was carried out
    /// before.
    public let changed: Bool
    /// The position of the event that made the change.
    public let position: UInt64

    /// Creates the document of a command's outcome. The status is that at the time `now`.
    public init(_ outcome: CommandOutcome, at now: Timestamp) {
        id = outcome.key.state.id.description
        status = outcome.key.state.status(at: now).rawValue
        changed = outcome.isChange
        position = outcome.position
    }
}
