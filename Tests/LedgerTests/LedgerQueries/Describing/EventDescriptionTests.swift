import Bytes
import EventLog
import Foundation
import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

/// What people read of an event: old and new values, who, from where, why; and nothing that could deceive them.
@Suite("Events as people read them")
struct EventDescriptionTests {
    private static func words(_ ledger: Ledger, from start: UInt64 = 0) throws -> [String] {
        var words: [String] = []
        try ledger.events.recordedEvents(from: start, limit: .max) { words.append(EventDescription($0).parts.joined(separator: "; ")) }
        return words
    }

    @Test func oldAndNewValuesAreTold() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let start = home.clock.now
            let made = try await ledger.commands.createKey(
                CreateKey(
                    name: "Mews", account: .hotel, scopes: ["listings:read"], metadata: ["team": "a", "site": "x"],
                    ipAllowlist: ["192.0.2.0/24"],
                    expiresAt: start.adding(seconds: 86_400)), by: .commandLine)
            let id = made.outcome.key.state.id
            let end = start.adding(seconds: 100_000)
            _ = try await ledger.commands.changeKey(
                id,
                KeyChange(
                    name: "Guesty", scopes: ["*"], permissions: [.keysRead], metadata: ["team": "b", "site": "x"], ipAllowlist: [],
                    expiry: .at(end)),
                reason: "“promoted”", by: .commandLine)
            _ = try await ledger.commands.changeKey(id, KeyChange(scopes: [], permissions: [], expiry: .never), by: .holder(.hotel))
            _ = try await ledger.commands.rotateKey(id, olderRetires: .after(.seconds(3600)), reason: "yearly", by: .commandLine)
            _ = try await ledger.commands.disableKey(id, reason: "on leave", by: .holder(.hotel))
            _ = try await ledger.commands.enableKey(id, reason: "back", by: .commandLine)
            _ = try await ledger.commands.rotateKey(id, olderRetires: .whenNewerIsUsed, extendsGrace: true, by: .commandLine)
            _ = try await ledger.commands.revokeKey(id, reason: "gone", reasonCode: "leaked", by: .commandLine)
            let words = try Self.words(ledger)
            let grace = try #require(ledger.log()[3].event.body.olderRetire?.date)
            func expect(_ index: Int, _ parts: String..., at location: SourceLocation = #_sourceLocation) {
                for part in parts { #expect(words[index].contains(part), sourceLocation: location) }
            }
            expect(
                0, "by operator cli", "name “Mews”", "scopes listings:read", "permissions none", "expiry \(start.adding(seconds: 86_400))")
            expect(0, "metadata site=“x” team=“a”", "addresses 192.0.2.0/24")
            expect(1, "name “Mews” → “Guesty”", "scopes listings:read → *", "permissions none → keys.read", "metadata team=“a” → team=“b”")
            expect(1, "expiry \(start.adding(seconds: 86_400)) → \(end)", "addresses 192.0.2.0/24 → any", "reason “\\“promoted\\””")
            #expect(!words[1].contains("site="))
            expect(2, "scopes * → none", "permissions keys.read → none", "expiry \(end) → never", "by account person_1")
            expect(3, "new secret 2 lhql_live_…", "in force → until \(grace) (1 h)", "reason “yearly”")
            expect(4, "reason “on leave”", "by account person_1")
            expect(5, "reason “back”")
            expect(6, "secret 2 lhql_live_…", "in force → ended")
            expect(7, "until \(grace) → until the first use of a newer one", "longer grace asked for")
            expect(8, "leaked", "reason “gone”")
            // Descriptions that begin in the middle of the log, and single ones, are the same.
            for position in words.indices {
                #expect(try Self.words(ledger, from: UInt64(position)) == Array(words[position...]))
            }
            // Where the account was erased, what can still be told is.
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            let erased = try Self.words(ledger)
            #expect(erased[1].contains("name (unreadable) → (unreadable)") && erased[1].contains("scopes listings:read → *"))
            #expect(erased[1].contains("metadata (unreadable) → (unreadable)") && erased[1].contains("addresses (unreadable) → any"))
            #expect(erased[1].hasSuffix("(personal fields unreadable)") && !erased.joined().contains("Mews"))
        }
    }

    /// Composed and decomposed letters are two texts, in names of entries too.
    @Test func entriesAreComparedByTheirBytes() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
            let made = try await ledger.commands.createKey(
                CreateKey(name: "k", account: .hotel, metadata: [composed: "x", "same": "y"]), by: .commandLine)
            let id = made.outcome.key.state.id
            _ = try await ledger.commands.changeKey(id, KeyChange(metadata: [decomposed: "x", "same": "y"]), by: .commandLine)
            _ = try await ledger.commands.changeKey(id, KeyChange(metadata: [decomposed: composed, "same": "y"]), by: .commandLine)
            _ = try await ledger.commands.changeKey(id, KeyChange(metadata: [decomposed: decomposed, "same": "y"]), by: .commandLine)
            let words = try Self.words(ledger)
            try #require(words.count == 4)
            let changes = [
                "metadata “\(composed)”=“x” → “\(decomposed)”=“x”", "metadata “\(decomposed)”=“x” → “\(decomposed)”=“\(composed)”",
                "metadata “\(decomposed)”=“\(composed)” → “\(decomposed)”=“\(decomposed)”",
            ]
            for (description, change) in zip(words.dropFirst(), changes) {
                #expect(description.utf8.firstRange(of: change.utf8) != nil, "\(description)")
                #expect(!description.contains("same="))
            }
        }
    }

    /// A rotation that leaves the older secret the end it had changes nothing about it.
    @Test func whatStaysIsNoChange() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let id = try await ledger.newKey().id
            _ = try await ledger.commands.rotateKey(id, olderRetires: .after(.seconds(3600)), by: .commandLine)
            let end = try #require(ledger.log().last?.event.body.olderRetire?.date)
            home.clock.advance(seconds: 600)
            _ = try await ledger.commands.rotateKey(id, olderRetires: .after(.seconds(7200)), by: .commandLine)
            let words = try Self.words(ledger)
            #expect(words[1].contains("in force → until \(end) (1 h)"), "\(words)")
            let last = try #require(words.last)
            #expect(last.contains("until \(end) (50 min)") && !last.contains("→"), "\(words)")
        }
    }

    /// Read as one, in pages through any filter, and from anywhere: before each event the key is the fold of those before.
    @Test func whatWasBeforeIsTheFold() async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed)
        var random = SplitMix64(seed: seed)
        var life = RandomLife()
        try await home.withLedger { ledger in
            for _ in 0..<250 { try await life.step(ledger, home, &random) }
            try await ledger.settle()
            var states: [KeyID: KeyState] = [:]
            var expected: [UInt64: KeyState] = [:]
            let log = try ledger.log()
            for entry in log {
                if entry.event.body.isLifecycle { expected[entry.position] = states[entry.event.keyID] }
                states[entry.event.keyID] = evolve(states[entry.event.keyID], entry.event, at: entry.position)
            }
            func check(_ recorded: RecordedEvent) {
                switch recorded.event.body {
                case .changed, .secretAdded, .secretRetired, .expired: #expect(recorded.before?.state == expected[recorded.position])
                default: #expect(recorded.before == nil)
                }
            }
            try ledger.events.recordedEvents(from: 0, limit: .max, check)
            for types in [[], [EventType.keyChanged], [.keyChanged, .secretRetired], [.secretAdded]] as [Set<EventType>] {
                var next: UInt64 = 0
                while true {
                    let page = try ledger.events.eventPage(EventFilter(types: types), from: next, limit: 7, bytes: .max)
                    page.events.forEach(check)
                    guard page.next > next else { break }
                    next = page.next
                }
            }
            for _ in 0..<20 {
                var reading = EventReading(ledger)
                for entry in log where random.chance(20) { check(try reading.recorded(entry.event, at: entry.position)) }
            }
        }
    }

    @Test(
        "Text from outside is shown and obeyed by nobody",
        arguments: [
            ("a\nb", "a\u{FFFD}b"), ("a\u{1B}[2Jb", "a\u{FFFD}[2Jb"), ("a\u{9B}31m", "a\u{FFFD}31m"), ("a\u{202E}b", "a\u{FFFD}b"),
            ("a\u{2028}b\u{2066}c", "a\u{FFFD}b\u{FFFD}c"), ("שלום", "\u{2068}שלום\u{2069}"), ("日本語 🔑", "日本語 🔑"),
            ("x”  by operator root  “", "x\\”  by operator root  \\“"), ("back\\slash", "back\\\\slash"), ("", ""),
        ])
    func sanitized(_ text: String, _ shown: String) throws {
        #expect(DisplayText.quoted(text) == "“" + shown + "”")
        let personal = PersonalFields(
            name: text, metadata: [text: text], reason: text, actorLabel: text, clientAddress: text, method: text, path: text,
            ipAllowlist: [text])
        var counted = personal
        counted.addresses = AddressCounts(entries: [.init(address: text, count: 2), .init(address: nil, count: 1)])
        let digest = try #require(Digest32([UInt8](repeating: 0, count: 32)))
        for body: Event.Body in [
            .created(
                .init(
                    environment: text, secret: SecretRecord(id: 1, digest: digest, hint: text), scopes: [text], permissions: [],
                    expiresAt: nil, restrictsAddresses: true)),
            .changed(.init(scopes: [text], replacesName: true, replacesMetadata: true, restrictsAddresses: true)),
            .revoked(reasonCode: text),
            .used(.init(secretID: 1, scopesAsked: [text], environmentAsked: text, decidedAtPosition: 0, decidedAt: .init(seconds: 0))),
            .refused(
                .init(count: 3, secretID: 1, decidedAtPosition: 0, decidedAt: .init(seconds: 0), permissionAsked: text), .permissionDenied),
            .logRead(.init(what: text, account: nil)),
            .logKeyChanged(.init(oldOrigin: text, oldVerifierKey: "", newOrigin: text, newVerifierKey: text)),
        ] {
            let event = Event(
                keyID: .none, accountID: .operator, actor: Actor(kind: .account, id: text), body: body)
            for personal in [personal, counted] {
                let words = EventDescription(RecordedEvent(position: 0, event: event, personal: personal)).parts.joined(separator: "  ")
                let bad = words.unicodeScalars.filter { $0.isLayoutControl && $0 != "\u{2068}" && $0 != "\u{2069}" }
                #expect(bad.isEmpty && !words.contains("  by operator root  “"))
            }
        }
    }

    @Test("What concerns no key is told in full, and so are the addresses of uses that are counted together")
    func otherKinds() throws {
        let (id, other) = (
            try #require(Bytes16([UInt8](repeating: 0xAB, count: 16))), try #require(Bytes16([UInt8](repeating: 1, count: 16)))
        )
        let (clock, expected) = (Timestamp(seconds: 1_800_000_000), Timestamp(seconds: 1_700_000_000))
        let addresses = AddressCounts(
            entries: [.init(address: "198.51.100.2", count: 1), .init(address: "198.51.100.1", count: 3), .init(address: nil, count: 2)],
            others: 4)
        func use(_ permission: String? = nil) -> Event.Use {
            Event.Use(count: 10, secretID: 1, decidedAtPosition: 7, decidedAt: clock, permissionAsked: permission)
        }
        let description = "from 198.51.100.1 (3), 198.51.100.2 (1), unknown addresses (2), others (4)"
        let bodies: [(Event.Body, PersonalFields?, [String])] = [
            (.clockConfirmed(.init(clock: clock, expected: expected)), nil, ["clock \(expected) → \(clock)"]),
            (
                .logRead(.init(what: "events", account: AccountID("acme"))), .init(actorLabel: "root", clientAddress: "192.0.2.1"),
                ["by operator cli “root”", "events of account acme", "from 192.0.2.1"]
            ), (.logRead(.init(what: "keys", account: nil)), nil, ["keys of several accounts"]),
            (
                .logKeyChanged(
                    .init(oldOrigin: "o", oldVerifierKey: "old+1+A", newOrigin: "n", newVerifierKey: "new+2+B", signature: [1])), nil,
                ["key of the log old+1+A → new+2+B", "; signed by the old key"]
            ),
            (
                .logKeyChanged(.init(oldOrigin: "o", oldVerifierKey: "", newOrigin: "n", newVerifierKey: "new+2+B")), nil,
                ["key of the log o → new+2+B", "not signed by the old key"]
            ),
            (
                .accountErased(.init(dataKeyID: id, localUserID: 1000)), nil,
                ["account operator", "data key \(id.hex)", "local user 1000"]
            ), (.accountErased(.init(dataKeyID: nil)), nil, ["data key (not known)"]),
            (
                .logForked(.init(leftLogID: id, leftCheckpoint: "", logID: other, abandonedLogIDs: [other])), nil,
                ["log \(id.hex) → \(other.hex)", "abandoned logs \(other.hex)"]
            ), (.used(use()), .init(clientAddress: "198.51.100.1", addresses: addresses), ["10 times", description]),
            (
                .refused(use("log.read"), .permissionDenied), .init(addresses: addresses),
                ["PERMISSION_DENIED", "permission asked log.read", description]
            ),
        ]
        for (body, personal, expected) in bodies {
            let event = Event(keyID: .none, accountID: .operator, actor: .commandLine, body: body)
            let recorded = RecordedEvent(position: 0, event: event, personal: personal)
            let words = EventDescription(recorded).parts.joined(separator: "; ")
            for part in expected { #expect(words.contains(part), "\(words)") }
        }
    }
}

extension Event.Body {
    fileprivate var olderRetire: SecretRetirement? { if case .secretAdded(_, let retirement, _) = self { retirement } else { nil } }
}
