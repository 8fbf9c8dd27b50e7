internal import Dashboard
internal import Foundation
internal import KeyEvents
internal import LedgerAPI

/// The file of `serve --presets`: `{"presets": [{"name": "…", "scopes": ["…"], "hint": "…", "default": true}]}`. Hint and default may
/// be left out, and at most one preset is the default.
enum PresetsFile {
    private static let maxPresets = 20
    private static let maxHintLength = 200

    /// Reads the presets.
    ///
    /// - Parameter path: The path of the file.
    /// - Returns: The presets in the order of the file.
    /// - Throws: `UsageError`, which names the file, the line or the field, and what belongs there.
    static func read(_ path: String) throws -> [KeyPreset] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageError("The file of --presets, \(path), cannot be read.")
        }
        do {
            return try presets(Array(data))
        } catch let failure as JSONParser.Failure {
            let line = data.prefix(failure.offset).count { $0 == UInt8(ascii: "\n") } + 1
            throw UsageError("The file of --presets, \(path), is not valid JSON: in line \(line) \(failure.words)")
        } catch let problem as Problem {
            throw UsageError("The file of --presets, \(path): \(problem.detail)")
        }
    }

    static func presets(_ bytes: [UInt8]) throws -> [KeyPreset] {
        let value = try JSONParser.parse(bytes.span)
        guard case .object = value else {
            throw Problem.invalid("The whole", "must be an object such as {\"presets\": []}, not \(value.kind).")
        }
        var fields = try RequestFields(value, prefix: nil)
        let list = try fields.required("presets", fields.take("presets"))
        try fields.end()
        guard case .array(let elements) = list else { throw Problem.invalid("presets", "must be a list, not \(list.kind).") }
        if elements.count > maxPresets { throw Problem.invalid("presets", "has more than \(maxPresets) entries.") }
        var presets: [KeyPreset] = []
        for (index, element) in elements.enumerated() {
            let preset = try preset(element, at: "presets[\(index)].")
            if presets.contains(where: { $0.name.lowercased() == preset.name.lowercased() }) {
                throw Problem.invalid("presets[\(index)].name", "is the name of an earlier preset too.")
            }
            if preset.isDefault, presets.contains(where: \.isDefault) {
                throw Problem.invalid("presets[\(index)].default", "is true for an earlier preset already; one alone can be the default.")
            }
            presets.append(preset)
        }
        return presets
    }

    private static func preset(_ value: JSONValue, at path: String) throws -> KeyPreset {
        var fields = try RequestFields(value, path: path, prefix: nil)
        let name = try fields.required("name", fields.string("name"))
        let scopes = try fields.required("scopes", fields.strings("scopes"))
        let hint = try fields.string("hint", upTo: maxHintLength) ?? ""
        let isDefault = try fields.bool("default") ?? false
        try fields.end()
        if case .invalid(let field, let problem)? = KeyRules.check(name: name, scopes: scopes, now: Timestamp(seconds: 0)) {
            throw Problem.invalid(path + field, problem)
        }
        if scopes.isEmpty { throw Problem.invalid(path + "scopes", "must name one scope at least.") }
        return KeyPreset(name: name, scopes: scopes, hint: hint, isDefault: isDefault)
    }
}
