/// The text of a key as a caller sends it. It shows itself nowhere by accident: printing, interpolating, dumping or
/// reflecting gives a placeholder, it is not Codable, and whoever wants the text has to say `reveal()`.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    public init(_ text: String) { self.text = text }

    /// The text itself: to show it once to the person who made it, or to send it.
    public func reveal() -> String { text }

    public var description: String { "‹secret›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
