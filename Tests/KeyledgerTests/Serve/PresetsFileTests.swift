import Dashboard
import Foundation
import Testing

@testable import keyledger

/// The file of `serve --presets`.
@Suite struct PresetsFileTests {
    @Test func isRead() throws {
        let text = """
            {"presets": [{"name": "Billing", "scopes": ["invoices:*"], "hint": "Bills", "default": true}, {"name": "x", "scopes": ["a"]}]}
            """
        let presets = try PresetsFile.presets(Array(text.utf8))
        #expect(presets.map(\.name) == ["Billing", "x"] && presets.map(\.scopes) == [["invoices:*"], ["a"]])
        #expect(presets.map(\.hint) == ["Bills", ""] && presets.map(\.isDefault) == [true, false])
        #expect(try PresetsFile.presets(Array(#"{"presets": []}"#.utf8)).isEmpty)
    }

    @Test(arguments: [
        ("{\n\"presets\": [,]}", "line 2"), ("", "it is empty"), ("[]", "must be an object"), ("{}", "presets is missing"),
        (#"{"presets": {}}"#, "presets must be a list"), (#"{"presets": [], "preset": 1}"#, "preset is not a field"),
        (#"{"presets": [{"scopes": ["a"]}]}"#, "presets[0].name is missing"),
        (#"{"presets": [{"name": "x"}]}"#, "presets[0].scopes is missing"),
        (#"{"presets": [{"name": "x", "scopes": []}]}"#, "presets[0].scopes must name one scope"),
        (#"{"presets": [{"name": "x", "scopes": ["a b"]}]}"#, "presets[0].scopes hold"),
        (#"{"presets": [{"name": " ", "scopes": ["a"]}]}"#, "presets[0].name must hold"),
        (#"{"presets": [{"name": "x", "scopes": "a"}]}"#, "presets[0].scopes must be a list of strings"),
        (#"{"presets": [{"name": "x", "scopes": ["a"]}, {"name": "X", "scopes": ["a"]}]}"#, "presets[1].name is the name of an earlier"),
        (
            #"{"presets": [{"name": "x", "scopes": ["a"], "default": true}, {"name": "y", "scopes": ["a"], "default": true}]}"#,
            "presets[1].default is true"
        ),
        (#"{"presets": [{"name": "x", "scopes": ["a"], "colour": "red"}]}"#, "presets[0].colour is not a field"),
    ])
    func isRefusedWithThePlaceOfTheError(_ text: String, _ words: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "presets-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let error = #expect(throws: UsageError.self) { try PresetsFile.read(file.path) }
        #expect(error?.words.contains(words) == true && error?.words.contains(file.path) == true, "\(error?.words ?? "")")
    }

    @Test func isNamedWhereItIsNotThere() throws {
        let ledger = try TemporaryLedger()
        for arguments in [["--presets", "/nowhere/presets.json"], ["--default-key-expiry", "1d"]] {
            let result = try Program.run(["serve", "--port", "0", "--data", ledger.path] + arguments)
            #expect(result.code == 2 && result.error.contains(arguments[0]), "\(result.error)")
        }
    }
}
