public import KeyEvents
public import Ledger

/// The short answer to revoking, disabling and enabling a key.
public struct CommandDocument: Encodable, Sendable {
    public let id: String
    public let status: String
    /// Whether this call recorded it: false when it was so already, or the same command came before.
    public let changed: Bool
    /// Of the event that makes it so.
    public let position: UInt64

    public init(_ outcome: CommandOutcome, at now: Timestamp) {
        id = outcome.key.state.id.description
        status = outcome.key.state.status(at: now).rawValue
        changed = outcome.isChange
        position = outcome.position
    }
}
