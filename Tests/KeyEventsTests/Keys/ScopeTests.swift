import KeyEvents
import TestSupport
import Testing

@Suite struct ScopeTests {
    @Test(arguments: ["a", "listings:read", "listings:*", "*", "a:b:*", "https://example.com/x", "!", String(repeating: "a", count: 128)])
    func accepts(_ scope: String) {
        #expect(Scope.isValid(scope))
    }

    @Test(arguments: [
        "", " ", "a b", "a\"b", "a\\b", "é", "a*", "**", "*:read", "a:*b", "*a", "a:*:*", "a:**", "a\n",
        String(repeating: "a", count: 129),
    ])
    func rejects(_ scope: String) {
        #expect(!Scope.isValid(scope))
    }

    @Test(arguments: [
        ("listings:read", "listings:read", true), ("listings:read", "listings:write", false), ("listings:read", "listings:rea", false),
        ("listings:read", "listings:reads", false), ("listings:*", "listings:read", true), ("listings:*", "listings:a:b", true),
        ("listings:*", "listings", false), ("listings:*", "listings:", false), ("listings:*", "listing:read", false),
        ("listings:*", "listings:*", true), ("listings:read", "listings:*", false), ("*", "anything", true), ("*", "*", true),
        ("a:*", "*", false), ("a:b:*", "a:*", false), ("a:b:*", "a:b:c", true), ("Listings:read", "listings:read", false),
        ("", "a", false), ("a", "", false),
    ])
    func permits(_ held: String, _ asked: String, _ expected: Bool) {
        #expect(Scope.permits(held, asked) == expected)
    }

    /// Against the rule as a person would say it, on strings.
    @Test func agreesWithTheRuleOnStrings() {
        withSeed { random in
            let parts = ["a", "b", "a:", ":", "*", "a:*", "a:b", "a:b:*"]
            for _ in 0..<5_000 {
                let held = random.pick(parts) + (random.chance(40) ? random.pick(parts) : "")
                let asked = random.pick(parts) + (random.chance(40) ? random.pick(parts) : "")
                let below = held.hasSuffix(":*") && asked.hasPrefix(held.dropLast()) && asked.utf8.count >= held.utf8.count
                let expected = held == asked || held == "*" || below
                #expect(Scope.permits(held, asked) == expected, "\(held) \(asked)")
            }
        }
    }
}
