/// What a command on a key led to.
public struct CommandOutcome: Sendable {
    /// The key after the command, or as it was when the same command was carried out first.
    public let key: KeyView
    /// Of the last event that changed the key as it is shown here, recorded by this command or before.
    public let position: UInt64
    /// Something was recorded. False when it was so already, or the same command id came again.
    public let isChange: Bool
    /// The same command id came before; this is the first answer.
    public let isRepeat: Bool
}
