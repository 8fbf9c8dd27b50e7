internal import Mustache

/// The values that a template is filled with. A field that is `nil` is left out, because Mustache treats an empty text as
/// present.
struct TemplateContext: MustacheParent, ExpressibleByDictionaryLiteral, Sendable {
    private var values: [String: any Sendable] = [:]

    init() {}

    init(dictionaryLiteral elements: (String, (any Sendable)?)...) {
        for (name, value) in elements { values[name] = value }
    }

    subscript(_ name: String) -> (any Sendable)? {
        get { values[name] }
        set { values[name] = newValue }
    }

    mutating func add(_ other: TemplateContext) { values.merge(other.values) { $1 } }

    func adding(_ other: TemplateContext) -> TemplateContext {
        var all = self
        all.add(other)
        return all
    }

    func child(named name: String) -> Any? { values[name] }
}
