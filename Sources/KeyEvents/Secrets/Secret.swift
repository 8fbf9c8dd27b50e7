/// The text of a key as a caller sends it. The type keeps it from showing by accident: printing, interpolating, dumping and
/// reflecting give a placeholder, it is not Codable, and code that needs the text has to call `reveal()`.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Creates the secret.
    ///
    /// - Parameter text: The whole text of the key.
    public init(_ text: String) { self.text = text }

    /// Returns the text itself, to show it once to the person who made it, or to send it.
    public func reveal() -> String { text }

    /// The placeholder, never the text.
    public var description: String { "‹secret›" }
    /// The placeholder, never the text.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
