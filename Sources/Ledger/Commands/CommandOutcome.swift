public import KeyEvents

/// The result of a command on a key.
public struct CommandOutcome: Sendable {
    /// The key after the command, or as it was when the same command was carried out first.
    public let key: DecryptedKey
    /// The position of the last event that changed the key as it is returned here, whether this command recorded it or an earlier one.
    public let position: UInt64
    /// The time at which the command was decided, or the first one where the same command id came again: the key is as it was then.
    public let decidedAt: Timestamp
    /// Whether something was recorded; false where the key was so already, or the same command id came again.
    public let isChange: Bool
    /// Whether the same command id came before; then this is the first outcome.
    public let isRepeat: Bool
}
