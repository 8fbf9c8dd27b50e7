public import KeyEvents

/// The result of a fork, and what it cannot know.
public struct ForkReport: Sendable {
    /// The origin of the log that was left.
    public let leftOrigin: String
    /// The origin of the log that continues.
    public let origin: String
    /// How many records of the old log the new one continues.
    public let size: UInt64
    /// How many records the newest checkpoint at hand covers; `nil` where there is none.
    public let signedSize: UInt64?
    /// How many records the newer copy holds; `nil` where none was given.
    public let newerSize: UInt64?
    /// The keys to which something was applied that the newer copy knows: an end, a retired secret, a restriction.
    public let restricted: [KeyID]
    /// How many keys the newer copy knows that this log does not: they are refused.
    public let unknownKeys: Int

    package init(
        leftOrigin: String, origin: String, size: UInt64, signedSize: UInt64?, newerSize: UInt64?, restricted: [KeyID], unknownKeys: Int
    ) {
        self.leftOrigin = leftOrigin
        self.origin = origin
        self.size = size
        self.signedSize = signedSize
        self.newerSize = newerSize
        self.restricted = restricted
        self.unknownKeys = unknownKeys
    }

    /// How many records were signed, or are in the newer copy, and are in neither this log nor that copy: what they ended is not known.
    public var lostRecords: UInt64 {
        let known = max(size, newerSize ?? 0)
        let signed = signedSize ?? known
        return signed - min(signed, known)
    }
}
