public import KeyEvents
public import KeyService

/// The short answer to revoking, disabling and enabling a key.
public struct CommandDocument: Encodable, Sendable {
    public let id: String
    public let status: String
    /// Of the event that makes it so.
    public let position: UInt64

    public init(_ outcome: CommandOutcome, at now: Timestamp) {
        id = outcome.key.state.id.description
        status = outcome.key.state.status(at: now).rawValue
        position = outcome.position
    }
}
