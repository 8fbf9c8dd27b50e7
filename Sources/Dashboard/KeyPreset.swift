internal import Bytes

/// A purpose of keys with the scopes that it needs, offered when a key is created.
public struct KeyPreset: Equatable, Sendable {
    /// The name of the preset, which people may give the key too.
    public var name: String
    /// The scopes that the key gets.
    public var scopes: [String]
    /// What the key is for, for people; empty where the name says enough.
    public var hint: String
    /// Whether keys with another name than those of the presets get these scopes unless something else is chosen.
    public var isDefault: Bool

    /// Creates a preset from its parts, each of which is described at its property.
    public init(name: String, scopes: [String], hint: String = "", isDefault: Bool = false) {
        self.name = name
        self.scopes = scopes
        self.hint = hint
        self.isDefault = isDefault
    }

    /// The presets of a service that configures none. A key is given more than reading only where its name, or a person, asks for it.
    public static let standard = [
        KeyPreset(name: "Property Sync", scopes: ["listings:read", "listings:write"], hint: "Read and write listings"),
        KeyPreset(name: "CRM Integration", scopes: ["listings:read"], hint: "Read listings", isDefault: true),
        KeyPreset(name: "Website", scopes: ["listings:read"], hint: "Read listings"),
    ]

    /// Returns whether a text is the name of the preset; case and white space around it make no difference.
    func isNamed(_ text: String) -> Bool { name.lowercased() == text.trimmingWhiteSpace.lowercased() }
}
