import Bytes
import EventLog
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing

@testable import Ledger

/// A command sent twice under one id happens once.
@Suite struct CommandIDTests {
    @Test func theSameCommandAgainGetsTheFirstAnswer() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let expiresAt = home.clock.now.adding(seconds: 100)
            let request = CreateKey(
                name: "Mews", scopes: ["a:read"], permissions: [.keysRead], metadata: ["a": "1", "b": "2"], expiresAt: expiresAt)
            let made = try await ledger.commands.createKey(request, by: .commandLine, commandID: "create")
            let id = made.outcome.key.state.id
            let renamed = try await ledger.commands.changeKey(id, KeyChange(name: "Guesty"), by: .commandLine, commandID: "rename")
            let disabled = try await ledger.commands.disableKey(id, by: .commandLine, commandID: "disable")
            let enabled = try await ledger.commands.enableKey(id, by: .commandLine, commandID: "enable")
            let revoked = try await ledger.commands.revokeKey(id, reason: "lost", by: .commandLine, commandID: "revoke")
            for outcome in [made.outcome, renamed, disabled, enabled, revoked] { #expect(outcome.isChange && !outcome.isRepeat) }
            let last = try ledger.log.lastPosition()
            // Beyond the expiry that was asked for, too: the answer is the one given then.
            home.clock.advance(seconds: 200)
            let again = try await ledger.commands.createKey(request, by: .commandLine, commandID: "create")
            #expect(again.secret == nil)
            Self.expectRepeat(again.outcome, of: made.outcome)
            Self.expectRepeat(
                try await ledger.commands.changeKey(id, KeyChange(name: "Guesty"), by: .commandLine, commandID: "rename"), of: renamed)
            Self.expectRepeat(try await ledger.commands.disableKey(id, by: .commandLine, commandID: "disable"), of: disabled)
            Self.expectRepeat(try await ledger.commands.enableKey(id, by: .commandLine, commandID: "enable"), of: enabled)
            Self.expectRepeat(try await ledger.commands.revokeKey(id, reason: "lost", by: .commandLine, commandID: "revoke"), of: revoked)
            #expect(try ledger.log.lastPosition() == last)
            #expect(try ledger.log().map(\.event.commandID) == ["create", "rename", "disable", "enable", "revoke"])
        }
    }

    @Test func itHoldsAfterARestart() async throws {
        let home = TestHome(seed: printedSeed())
        let first = try await home.withLedger { try await $0.commands.createKey(CreateKey(name: "Mews"), by: .commandLine, commandID: "c") }
        let second = try await home.withLedger {
            try await $0.commands.createKey(CreateKey(name: "Mews"), by: .commandLine, commandID: "c")
        }
        Self.expectRepeat(second.outcome, of: first.outcome)
        #expect(second.secret == nil)
    }

    @Test func otherContentIsRefused() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let request = CreateKey(name: "Mews", scopes: ["a:read"], metadata: ["a": "b"])
            let made = try await ledger.commands.createKey(request, by: .commandLine, commandID: "c")
            let id = made.outcome.key.state.id
            var others: [CreateKey] = []
            for change: (inout CreateKey) -> Void in [
                { $0.name = "Guesty" }, { $0.account = .hotel }, { $0.environment = "test" }, { $0.scopes = [] }, { $0.scopes = ["a:*"] },
                { $0.permissions = [.verify] }, { $0.metadata = [:] }, { $0.metadata = ["a": "c"] },
                { $0.metadata = ["a": "b", "c": "d"] },
                { $0.expiresAt = Timestamp(seconds: 2_000_000_000) },
            ] {
                var other = request
                change(&other)
                others.append(other)
            }
            for other in others {
                await #expect(throws: ServiceError.commandIDReused) {
                    _ = try await ledger.commands.createKey(other, by: .commandLine, commandID: "c")
                }
            }
            await #expect(throws: ServiceError.commandIDReused) {
                _ = try await ledger.commands.revokeKey(id, by: .commandLine, commandID: "c")
            }
            _ = try await ledger.commands.disableKey(id, by: .commandLine, commandID: "d")
            await #expect(throws: ServiceError.commandIDReused) {
                _ = try await ledger.commands.enableKey(id, by: .commandLine, commandID: "d")
            }
            let another = try await ledger.newKey()
            await #expect(throws: ServiceError.commandIDReused) {
                _ = try await ledger.commands.disableKey(another.id, by: .commandLine, commandID: "d")
            }
            _ = try await ledger.commands.revokeKey(another.id, reason: "a", by: .commandLine, commandID: "r")
            await #expect(throws: ServiceError.commandIDReused) {
                _ = try await ledger.commands.revokeKey(another.id, reason: "b", by: .commandLine, commandID: "r")
            }
            #expect(try ledger.types() == ["KeyCreated", "KeyDisabled", "KeyCreated", "KeyRevoked"])
        }
    }

    @Test func idsAreEachCallersOwn() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel, permissions: [.keysWrite])
            let callers: [Caller] = [
                .commandLine, .holder(.hotel, id: "person_1"), .holder(.hotel, id: "person_2"), .holder(.hostel, id: "person_1"),
                try #require(try ledger.verifier.authenticateCaller(key.secret).caller), .holder(.hotel, id: key.id.description),
            ]
            for caller in callers {
                let made = try await ledger.commands.createKey(CreateKey(name: caller.actor.id), by: caller, commandID: "same")
                #expect(made.secret != nil)
            }
            #expect(try ledger.types().count { $0 == "KeyCreated" } == callers.count + 1)
        }
    }

    /// A part that reads like what comes after it.
    @Test func noTwoContentsLookTheSame() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let pairs: [(KeyChange, KeyChange)] = [
                (KeyChange(scopes: ["expiry", "never"]), KeyChange(scopes: [], expiry: .never)),
                (KeyChange(scopes: ["a", "metadata", "b", "c"]), KeyChange(scopes: ["a"], metadata: ["b": "c"])),
                (KeyChange(name: "x", scopes: ["permissions"]), KeyChange(name: "x", scopes: [], permissions: [])),
            ]
            for (index, (first, second)) in pairs.enumerated() {
                _ = try await ledger.commands.changeKey(key.id, first, by: .commandLine, commandID: "change\(index)")
                await #expect(throws: ServiceError.commandIDReused) {
                    _ = try await ledger.commands.changeKey(key.id, second, by: .commandLine, commandID: "change\(index)")
                }
            }
            let request = CreateKey(name: "x", scopes: ["permissions", "metadata", "k", "v"])
            _ = try await ledger.commands.createKey(request, by: .commandLine, commandID: "create")
            await #expect(throws: ServiceError.commandIDReused) {
                _ = try await ledger.commands.createKey(
                    CreateKey(name: "x", scopes: [], metadata: ["k": "v"]), by: .commandLine, commandID: "create")
            }
            // No reason is not an empty one.
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine, commandID: "revoke")
            await #expect(throws: ServiceError.commandIDReused) {
                _ = try await ledger.commands.revokeKey(key.id, reason: "", by: .commandLine, commandID: "revoke")
            }
        }
    }

    @Test func anAnswerThatCannotBeReadIsNoMistakeOfTheCallers() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine, commandID: "d")
            try Self.shortenAnswers(ledger)
            await #expect(throws: LogError.self) { _ = try await ledger.commands.disableKey(key.id, by: .commandLine, commandID: "d") }
        }
    }

    @Test func refusedCommandsAreNotRemembered() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await #expect(throws: ServiceError.self) {
                _ = try await ledger.commands.createKey(CreateKey(name: ""), by: .commandLine, commandID: "c")
            }
            await #expect(throws: ServiceError.self) {
                _ = try await ledger.commands.createKey(CreateKey(name: "x", expiresAt: home.clock.now), by: .commandLine, commandID: "c")
            }
            let made = try await ledger.commands.createKey(
                CreateKey(name: "x", expiresAt: home.clock.now.adding(seconds: 5)), by: .commandLine, commandID: "c")
            #expect(made.secret != nil)
            home.clock.advance(seconds: 5)
            // The expiry it records is not its answer.
            for _ in 0..<2 {
                await #expect(throws: ServiceError.refused(.ended(.expired))) {
                    _ = try await ledger.commands.disableKey(made.outcome.key.state.id, by: .commandLine, commandID: "d")
                }
            }
            let other = try await ledger.newKey()
            #expect(try await ledger.commands.disableKey(other.id, by: .commandLine, commandID: "d").isChange)
        }
    }

    @Test func whatWasSoAlreadyIsRememberedToo() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let first = try await ledger.commands.enableKey(key.id, by: .commandLine, commandID: "e")
            #expect(!first.isChange && !first.isRepeat && first.position == 0)
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            Self.expectRepeat(try await ledger.commands.enableKey(key.id, by: .commandLine, commandID: "e"), of: first)
            #expect(try ledger.key(key.id)?.isDisabled == true)
        }
    }

    @Test func manyAtOnceMakeOneKey() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let answers = try await withThrowingTaskGroup { group in
                for _ in 0..<40 {
                    group.addTask {
                        let made = try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine, commandID: "c")
                        return (made.outcome.key.state.id, made.secret != nil)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map(\.0)).count == 1)
            #expect(answers.count { $0.1 } == 1)
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }

    @Test func anIDIsForgottenAfterSevenDays() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine, commandID: "c")
            home.clock.advance(microseconds: 7 * 86_400_000_000 - 1)
            #expect(try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine, commandID: "c").secret == nil)
            home.clock.advance(microseconds: 1)
            #expect(try await ledger.commands.createKey(CreateKey(name: "Guesty"), by: .commandLine, commandID: "c").secret != nil)
            #expect(try await ledger.commands.createKey(CreateKey(name: "Guesty"), by: .commandLine, commandID: "c").secret == nil)
        }
    }

    @Test(arguments: ["", " ", "a b", "é", "a\n", String(repeating: "x", count: 256)])
    func badIDsAreRefused(_ id: String) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let error = await #expect(throws: ServiceError.self) {
                _ = try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine, commandID: id)
            }
            guard case .invalid("Idempotency-Key", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            let last = try ledger.log.lastPosition()
            #expect(last == nil)
        }
    }

    // MARK: What is remembered of personal text

    /// A name that is guessed is not recognised in what is remembered, and after an erasure not even by who holds the vault.
    @Test func contentsAreRememberedUnderTheDataKey() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let request = CreateKey(name: "Zur Post", account: .hotel)
            let made = try await ledger.commands.createKey(request, by: .commandLine, commandID: "c")
            let plain = CommandID.digest(["create", "Zur Post", "hotel", "live", "", "0", "0", "0"])
            func remembered() throws -> [Digest32] {
                try ledger.environment.read { transaction in
                    try rows(of: LogTables(ledger.environment).commands, transaction).compactMap {
                        Digest32($0.value.dropFirst(8).prefix(32))
                    }
                }
            }
            #expect(try remembered().count == 1 && !remembered().contains(plain))
            // The row is written as earlier versions wrote it.
            try ledger.change { transaction in
                let tables = LogTables(ledger.environment)
                for row in try rows(of: tables.commands, transaction) {
                    let value = row.value.prefix(8) + plain.bytes + row.value.dropFirst(40).dropLast(4)
                    try transaction.put(row.key, RowCheck.checked(Array(value), key: row.key), in: tables.commands)
                }
            }
            Self.expectRepeat(try await ledger.commands.createKey(request, by: .commandLine, commandID: "c").outcome, of: made.outcome)
            #expect(try remembered() == [plain])
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            #expect(try !remembered().contains(plain))
            for name in ["Zur Post", "another"] {
                await #expect(throws: ServiceError.commandIDForgotten) {
                    _ = try await ledger.commands.createKey(CreateKey(name: name, account: .hotel), by: .commandLine, commandID: "c")
                }
            }
            // Ids that come afterwards, and those of other accounts, are as ever.
            for account in [AccountID.hotel, .hostel] {
                let request = CreateKey(name: "Zur Post", account: account)
                let made = try await ledger.commands.createKey(request, by: .commandLine, commandID: "later-\(account)")
                Self.expectRepeat(
                    try await ledger.commands.createKey(request, by: .commandLine, commandID: "later-\(account)").outcome, of: made.outcome)
            }
        }
    }

    /// Times are written with six fraction digits since; what is remembered was digested from texts with as many as it took.
    @Test(
        arguments: [(0, "2027-01-15T08:01:40Z"), (500_000, "2027-01-15T08:01:40.500Z"), (1, "2027-01-15T08:01:40.000001Z")]
            as [(Int64, String)])
    func timesAreRememberedAsEarlierVersionsWroteThem(_ fraction: Int64, _ text: String) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let time = Timestamp(seconds: 1_800_000_100).adding(microseconds: fraction)
            func remember(_ content: [String]) throws {
                try ledger.change { transaction in
                    let tables = LogTables(ledger.environment)
                    for row in try rows(of: tables.commands, transaction) {
                        let value = row.value.prefix(8) + CommandID.digest(content).bytes + row.value.dropFirst(40).dropLast(4)
                        try transaction.put(row.key, RowCheck.checked(Array(value), key: row.key), in: tables.commands)
                    }
                }
            }
            let request = CreateKey(name: "Mews", account: .hotel, expiresAt: time)
            let made = try await ledger.commands.createKey(request, by: .commandLine, commandID: "c")
            try remember(["create", "Mews", "hotel", "live", text, "0", "0", "0"])
            Self.expectRepeat(try await ledger.commands.createKey(request, by: .commandLine, commandID: "c").outcome, of: made.outcome)
            let id = try await ledger.newKey(account: .hotel).id
            let change = KeyChange(expiry: .at(time))
            let changed = try await ledger.commands.changeKey(id, change, by: .commandLine, commandID: "d")
            try remember(["change", id.description, "expiry", text])
            Self.expectRepeat(try await ledger.commands.changeKey(id, change, by: .commandLine, commandID: "d"), of: changed)
        }
    }

    @Test func anErasedPersonsCommandIsNotCarriedOutTwice() async throws {
        let home = TestHome(seed: printedSeed())
        func person(_ label: String) -> Caller {
            Caller(
                actor: Actor(kind: .account, id: "hotel"), account: .hotel, permissions: PermissionSet([.keysRead, .keysWrite]),
                label: label)
        }
        let request = CreateKey(name: "Zur Post")
        let made = try await home.withLedger { try await $0.commands.createKey(request, by: person("ana"), commandID: "c").outcome }
        try await home.withLedger { ledger in
            Self.expectRepeat(try await ledger.commands.createKey(request, by: person("ana"), commandID: "c").outcome, of: made)
            // An attacker who guesses the person does not find the fingerprint of the command.
            let guessed = CommandID.digest(["hotel", "account", "hotel", "c", "ana"])
            let keys = try ledger.environment.read { try rows(of: LogTables(ledger.environment).commands, $0).map(\.key) }
            #expect(!keys.contains(guessed.bytes))
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            await #expect(throws: ServiceError.commandIDForgotten) {
                _ = try await ledger.commands.createKey(request, by: person("ana"), commandID: "c")
            }
            #expect(try await ledger.commands.createKey(request, by: person("ana"), commandID: "d").secret != nil)
            #expect(try await ledger.commands.createKey(request, by: person("ben"), commandID: "d").secret != nil)
            #expect(try await ledger.commands.createKey(request, by: person("ben"), commandID: "d").outcome.isRepeat)
        }
    }

    private static func shortenAnswers(_ ledger: Ledger) throws {
        try ledger.environment.write { transaction in
            let tables = LogTables(ledger.environment)
            for row in try rows(of: tables.commands, transaction) {
                try transaction.put(row.key, Array(row.value.dropLast(5)), in: tables.commands)
            }
        }
    }

    private static func expectRepeat(_ outcome: CommandOutcome, of first: CommandOutcome) {
        #expect(outcome.isRepeat && !outcome.isChange)
        #expect(outcome.position == first.position && outcome.key.state == first.key.state)
        #expect(outcome.key.name == first.key.name && outcome.key.metadata == first.key.metadata)
    }
}
