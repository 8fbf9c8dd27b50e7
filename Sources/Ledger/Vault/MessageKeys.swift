internal import Bytes
internal import KeyEvents

/// The keys that are derived from data keys, all with the same salt, for a bounded number of messages.
struct MessageKeys {
    private let randomness: Randomness
    private var salt = Bytes16(high: 0, low: 0)
    /// The number of messages that may still be sealed before there is another salt.
    private var messagesLeft = 0
    /// The derived keys, by the id of the data key.
    private var keys: [Bytes16: MessageKey] = [:]

    init(_ randomness: Randomness) { self.randomness = randomness }

    /// Returns the key for the next message.
    mutating func key(from dataKey: DataKey) -> MessageKey {
        if messagesLeft == 0 {
            salt = Bytes16(high: randomness.word(), low: randomness.word())
            messagesLeft = MessageKey.maxMessages
            keys = [:]
        }
        messagesLeft -= 1
        if let known = keys[dataKey.id] { return known }
        let derived = MessageKey(of: dataKey.key, salt: salt)
        keys[dataKey.id] = derived
        return derived
    }

    /// Forgets the derived keys, because a data key was destroyed.
    mutating func forget() { keys = [:] }
}
