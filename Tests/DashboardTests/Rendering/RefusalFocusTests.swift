import KeyEvents
import Ledger
import TestSupport
import Testing

@testable import Dashboard

/// A page that says what was refused has the focus on that, and no other page moves it.
@Suite struct RefusalFocusTests {
    @Test(arguments: [
        ("<p>a</p>", "<p>a</p>"), ("<p role=\"status\">a</p>", "<p role=\"status\">a</p>"),
        (
            "<p role=\"alert\">a</p><input aria-invalid=\"true\">",
            "<p tabindex=\"-1\" autofocus role=\"alert\">a</p><input aria-invalid=\"true\">"
        ),
        (
            "é<input aria-invalid=\"true\"><input aria-invalid=\"true\">",
            "é<input autofocus aria-invalid=\"true\"><input aria-invalid=\"true\">"
        ),
        (
            "<fieldset data-invalid><input aria-invalid=\"true\">",
            "<fieldset tabindex=\"-1\" autofocus data-invalid><input aria-invalid=\"true\">"
        ),
        ("", ""), (" role=", " role="),
    ])
    func itIsOnTheFirst(_ page: String, _ expected: String) { #expect(RefusalFocus.added(to: page) == expected) }

    /// Returns the tags of a page that have the focus.
    private static func focused(_ page: Browser.Page) -> [String] {
        page.text.matches(of: /<[^>]*autofocus[^>]*>/).map { String($0.output) }
    }

    @Test func eachRefusedFormHasIt() async throws {
        try await Site.run { site in
            let id = try await site.key("a", scopes: ["listings:read"]).id
            let (anna, operators) = (try site.visitor("acme"), try site.signedIn(.link))
            let name = ("name", "x")
            let command = ("commandId", "0123456789abcdef")
            let long = String(repeating: "x", count: 3000)
            let edit = try #require(
                try await anna.get(Dashboard.base + "/keys/\(id)/edit").text.firstMatch(of: /name="revision" value="(\d+)"/)
            ).1
            let revision = ("revision", String(edit))
            let cases: [(path: String, fields: [(String, String)], tag: String)] = [
                ("/keys", [("name", " "), command], "id=\"name\""),
                ("/keys", [name, ("expiry", "7"), command], "<fieldset class=\"form-row expiry"),
                ("/keys", [name, ("preset", "preset x"), command], "<fieldset class=\"form-row presets"),
                ("/keys", [name, ("preset", "custom"), command], "id=\"no-scopes\""),
                ("/keys", [("name", "a"), ("preset", "custom"), ("scope", "listings:read"), command], "id=\"name-warning\""),
                ("/keys", [name, ("environment", "L!"), command], "<fieldset class=\"form-row\" tabindex"),
                ("/keys", [name, ("addresses", "x"), command], "id=\"addresses\""),
                ("/keys", [name, ("metadataName", ""), ("metadataValue", "x"), command], "aria-label=\"Name 1\""),
                ("/keys/\(id)/edit", [("name", ""), revision], "id=\"name\""),
                ("/keys/\(id)/edit", [name, ("moreScopes", "a\"b"), revision], "<fieldset class=\"form-row\" tabindex"),
                ("/keys/\(id)/edit", [name, ("scope", "listings:read"), ("reason", long), revision], "id=\"reason\""),
                ("/keys/\(id)/rename", [("name", "")], "id=\"rename\""),
                ("/keys/\(id)/disable", [("reason", long)], "id=\"disable-reason\""),
                ("/keys/\(id)/revoke", [("reason", long)], "id=\"reason\""),
                ("/keys/\(id)/rotate", [("older", "now"), ("reason", long), command], "id=\"reason\""),
                ("/keys/\(id)/test", [("address", "x")], "id=\"address\""),
                ("/keys/revoke", [("id", "\(id)"), ("reason", long)], "id=\"reason\""),
                ("/troubleshooting", [("requestHeader", " ")], "id=\"requestHeader\""),
            ]
            for (path, fields, tag) in cases {
                let page = try await anna.post(Dashboard.base + path, fields)
                let focused = Self.focused(page)
                #expect(
                    focused.count == 1 && focused.first?.contains(tag) ?? false, "\(path) \(fields.map(\.0)): \(page.status) \(focused)")
                // A screen reader says with the focus what is wrong.
                let describes = focused.first.map { $0.contains("role=\"alert\"") || $0.contains("aria-describedby=") } ?? false
                #expect(describes, "\(path) \(fields.map(\.0)): \(focused)")
            }
            let account = try await operators.post(Dashboard.base + "/keys", [name, command])
            #expect(Self.focused(account).first?.contains("<fieldset class=\"form-row account") ?? false, "\(Self.focused(account))")
            #expect(Self.focused(try await anna.get(Dashboard.base + "/activity?from=x")).first?.contains("role=\"alert\"") ?? false)
            for path in ["", "/keys/\(id)", "/keys/new", "/keys/\(id)/edit", "/keys/\(id)/revoke", "/troubleshooting", "/activity"] {
                #expect(Self.focused(try await anna.get(Dashboard.base + path)).isEmpty, "\(path)")
            }
        }
    }
}
