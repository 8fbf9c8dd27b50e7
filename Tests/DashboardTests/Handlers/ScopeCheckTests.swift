import Testing

@testable import Dashboard

/// Mistyped scopes are told from unusual ones by those that are known.
@Suite struct ScopeCheckTests {
    private static let check = ScopeCheck(known: ["listings:read", "listings:write", "guests:read", "Legacy"])

    @Test(arguments: [
        (["LISTINGS:read"], "Did you mean listings:read?"), (["bar;baz"], "Did you mean bar baz?"), (["a|b|c"], "Did you mean a b c?"),
        (["listings:read", "Listings:Write"], "Did you mean listings:write?"), (["legacy"], "Did you mean Legacy?"),
        (["a\"b", "c", "d\\e"], "2 that are none (numbers 1, 3 of 3)"), (["a\"b"], "number 1 of 1"), (["listings:*x"], "number 1 of 1"),
        (Array(repeating: "a", count: 101), "more than 100"),
    ])
    func isWrong(_ scopes: [String], _ words: String) {
        let problems = Self.check.problems(scopes)
        #expect(problems.contains { $0.contains(words) }, "\(problems)")
    }

    @Test(arguments: [[], ["listings:read", "Legacy"], ["listings:*"], ["rates:read", "x"], ["*"]])
    func isNotWrong(_ scopes: [String]) { #expect(Self.check.problems(scopes).isEmpty) }

    @Test(arguments: [
        (["listing:read"], "Did you mean listings:read?"), (["listings:raed"], "Did you mean listings:read?"),
        (["listing:*"], "Did you mean listings:*?"), (["*"], "permits everything"),
        (["rates:read"], "No key of the account and no suggestion has “rates:read”."),
        (["a:1", "a:2", "a:3", "a:4", "a:5", "a:6", "a:7"], "and 2 more"),
    ])
    func isDoubtful(_ scopes: [String], _ words: String) {
        #expect(Self.check.unknown(scopes) == scopes)
        let doubt = Self.check.doubt(scopes, confirmation: "Sure?")
        #expect(doubt?.contains(words) == true && doubt?.hasSuffix(" Sure?") == true, "\(doubt ?? "nothing")")
    }

    @Test(arguments: [[], ["listings:read"], ["listings:*"], ["guests:*", "Legacy"]])
    func isKnown(_ scopes: [String]) {
        #expect(Self.check.unknown(scopes).isEmpty && Self.check.doubt([], confirmation: "Sure?") == nil)
    }
}
