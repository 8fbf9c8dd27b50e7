import Bytes
import Foundation
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing
import Validation

@Suite(.holdsLedgers) struct ValidatorTests {
    private static let now = TestIndex.now

    /// What is wrong with a key, or with the call it is used for; each named code comes before those after it.
    private enum Flaw: CaseIterable {
        case malformed, unknown, otherAccount, otherEnvironment, revoked, expired, disabled, lacksScope

        var code: VerdictCode {
            switch self {
            case .malformed: .malformed
            case .unknown, .otherAccount, .otherEnvironment: .notFound
            case .revoked: .revoked
            case .expired: .expired
            case .disabled: .disabled
            case .lacksScope: .insufficientScope
            }
        }
    }

    /// Every combination of flaws gives the code of the first of them.
    @Test func theFirstFlawDecides() throws {
        let index = try TestIndex()
        var seed: UInt8 = 0
        for combination in 0..<(1 << Flaw.allCases.count) {
            let flaws = Flaw.allCases.enumerated().filter { combination >> $0.offset & 1 == 1 }.map(\.element)
            // Flaws of the text leave no key to have others; one key serves all questions.
            var secret = TestIndex.secret(seed)
            if !flaws.contains(.unknown) {
                let expiresAt = flaws.contains(.expired) ? Self.now : Self.now.adding(seconds: 60)
                let key = try index.makeKey(seed, scopes: ["a:read"], expiresAt: expiresAt)
                if flaws.contains(.disabled) { try index.apply(.disabled, to: key.id) }
                if flaws.contains(.revoked) { try index.apply(.revoked(reasonCode: "unspecified"), to: key.id) }
                secret = key.secret
                seed += 1
            } else {
                secret = TestIndex.secret(247)
            }
            if flaws.contains(.malformed) { secret = String(secret.dropLast()) }
            let accessCheck = AccessCheck(
                scopes: flaws.contains(.lacksScope) ? ["a:read", "b:read"] : ["a:read"],
                environment: flaws.contains(.otherEnvironment) ? "test" : "live",
                account: flaws.contains(.otherAccount) ? AccountID(trusted: "other") : TestIndex.account)
            let verdict = try index.verdict(on: secret, accessCheck)
            #expect(verdict.code == flaws.first?.code ?? .valid, "\(flaws)")
            #expect(verdict.isValid == flaws.isEmpty)
        }
        #expect(seed == 128)
    }

    /// KeyExpired and KeyRevoked as recorded, and both flags at once, which no log holds.
    @Test func whatIsRecordedCounts() throws {
        let index = try TestIndex()
        let expired = try index.makeKey(1)
        try index.apply(.expired, to: expired.id)
        #expect(try index.verdict(on: expired.secret).code == .expired)
        let revoked = try index.makeKey(2, expiresAt: Self.now)
        try index.apply(.revoked(reasonCode: "leaked"), to: revoked.id)
        try index.apply(.expired, to: revoked.id)
        #expect(try index.verdict(on: revoked.secret).code == .revoked)
        let disabled = try index.makeKey(3)
        try index.apply(.disabled, to: disabled.id)
        #expect(try index.verdict(on: disabled.secret).code == .disabled)
        try index.apply(.enabled, to: disabled.id)
        #expect(try index.verdict(on: disabled.secret).code == .valid)
    }

    @Test func expiredFromTheInstant() throws {
        let index = try TestIndex()
        let key = try index.makeKey(1, expiresAt: Self.now)
        #expect(try index.verdict(on: key.secret, at: Timestamp(microseconds: Self.now.microseconds - 1)).code == .valid)
        #expect(try index.verdict(on: key.secret, at: Self.now).code == .expired)
        #expect(try index.verdict(on: key.secret, at: Timestamp(microseconds: Self.now.microseconds + 1)).code == .expired)
        #expect(try index.verdict(on: key.secret, at: Timestamp(microseconds: .max)).code == .expired)
        let forever = try index.makeKey(2)
        #expect(try index.verdict(on: forever.secret, at: Timestamp(microseconds: .max - 1)).code == .valid)
        #expect(try index.verdict(on: forever.secret).key?.expiresAt == nil)
        #expect(try index.verdict(on: key.secret).message.contains("2027-01-15T08:00:00.000000Z"))
    }

    @Test(
        arguments: [
            (["a:read"], ["a:read"], nil), (["a:read"], [], nil), ([], [], nil), ([], ["a:read"], "a:read"), (["a:*"], ["a:read"], nil),
            (["a:*"], ["a:b:c"], nil), (["a:*"], ["a:*"], nil), (["a:*"], ["a:"], "a:"), (["a:*"], ["a"], "a"),
            (["a:*"], ["ab:read"], "ab:read"),
            (["*"], ["anything", "a:*", "*"], nil), (["a:read"], ["a:*"], "a:*"), (["a:read"], ["*"], "*"),
            (["a:read"], ["a:rea"], "a:rea"),
            (["a:read"], ["a:reads"], "a:reads"), (["a:read"], ["A:read"], "A:read"), (["a:read", "b:*"], ["b:x", "a:read"], nil),
            (["a:read", "b:*"], ["b:x", "c:y", "d:z"], "c:y"), (["a:b:*"], ["a:b:c"], nil), (["a:b:*"], ["a:c"], "a:c"),
        ] as [([String], [String], String?)])
    func scopes(_ held: [String], _ asked: [String], _ missing: String?) throws {
        let index = try TestIndex()
        let key = try index.makeKey(1, scopes: held)
        let verdict = try index.verdict(on: key.secret, AccessCheck(scopes: asked))
        #expect(verdict.code == (missing == nil ? .valid : .insufficientScope))
        #expect(verdict.missingScope == missing)
        if let missing { #expect(verdict.message.contains(missing)) }
    }

    @Test func scopesAreNoPermissionsAndPermissionsNoScopes() throws {
        let index = try TestIndex()
        let scoped = try index.makeKey(1, scopes: ["*"])
        #expect(try index.verdict(on: scoped.secret).key?.permissions == [])
        let admin = try index.makeKey(2, permissions: [.admin])
        #expect(try index.verdict(on: admin.secret, AccessCheck(scopes: ["admin"])).code == .insufficientScope)
        let permissions = try #require(try index.verdict(on: admin.secret).key?.permissions)
        for permission in Permission.allCases { #expect(permissions.contains(permission)) }
    }

    @Test func anotherEnvironmentIsNotFoundAndNotDisclosed() throws {
        let index = try TestIndex()
        let key = try index.makeKey(1, environment: "test")
        for asked in ["live", "tes", "tests", "Test", ""] {
            let verdict = try index.verdict(on: key.secret, AccessCheck(environment: asked))
            #expect(verdict.code == .notFound && verdict.disclosedKey == nil)
            // Known to those who record the refusal.
            #expect(verdict.key?.id == key.id)
        }
        let verdict = try index.verdict(on: key.secret, AccessCheck(environment: "test"))
        #expect(verdict.isValid && verdict.disclosedKey?.id == key.id)
    }

    @Test func anotherAccountsKeyIsAsUnknownAsNone() throws {
        let index = try TestIndex()
        let key = try index.makeKey(1)
        for account in ["other", "hote", "hotels", "Hotel", "operator"].map(AccountID.init(trusted:)) {
            let hidden = try index.verdict(on: key.secret, AccessCheck(account: account))
            let none = try index.verdict(on: TestIndex.secret(2), AccessCheck(account: account))
            #expect(hidden.code == .notFound && hidden.key == nil && hidden.disclosedKey == nil)
            #expect(hidden.message == none.message && hidden.position == none.position && none.key == nil)
        }
        #expect(try index.verdict(on: key.secret, AccessCheck(account: TestIndex.account)).isValid)
        #expect(try index.verdict(on: key.secret).key?.accountID == TestIndex.account)
    }

    @Test func thePositionIsThatOfTheLastRecord() throws {
        let index = try TestIndex()
        for text in ["", TestIndex.secret(1)] { #expect(try index.verdict(on: text).position == nil) }
        let key = try index.makeKey(1)
        for position in 0..<5 as Range<UInt64> {
            for text in [key.secret, TestIndex.secret(2), "lhql", ""] {
                let verdict = try index.verdict(on: text)
                #expect(verdict.position == position && verdict.decidedAt == Self.now)
            }
            // Not of the key's own last change.
            try index.apply(.used(Event.Use(secretID: 1, decidedAtPosition: 0, decidedAt: Self.now)), to: key.id)
        }
    }

    /// What is not in the index is told apart: what cannot be a key, and what could be one.
    @Test func whatCannotBeAKeyIsMalformed() throws {
        let index = try TestIndex()
        let key = try index.makeKey(1)
        let texts = [
            "", " ", "lhql", "lhql_live_", key.secret + "0", String(key.secret.dropLast()), " " + key.secret, key.secret + "\n",
            "other" + key.secret.dropFirst(4), key.secret.uppercased(), String(key.secret.reversed()), "\u{0}",
            String(repeating: "x", count: 59),
            String(repeating: "é", count: 5000), key.secret.replacingOccurrences(of: "live", with: "test"),
        ]
        for text in texts {
            let verdict = try index.verdict(on: text)
            #expect(verdict.code == .malformed, "\(text)")
            #expect(verdict.key == nil)
        }
        #expect(try index.verdict(on: key.secret).isValid)
    }

    /// Whatever its text: keys that were made elsewhere have other shapes.
    @Test func aTextWhoseDigestIsKnownIsAKey() throws {
        let index = try TestIndex()
        for (number, text) in ["", "x", "sk_old_1234", "Bearer", String(repeating: "é", count: 5000)].enumerated() {
            let id = KeyID(Bytes16(high: 2, low: UInt64(number)))
            let record = SecretRecord(id: 1, digest: SecretFormat.digest(Array(text.utf8).span), hint: "…")
            let created = Event.Created(environment: "live", secret: record, scopes: [], permissions: [], expiresAt: nil)
            try index.apply(.created(created), to: id)
            let verdict = try index.verdict(on: text)
            #expect(verdict.isValid && verdict.key?.id == id)
        }
    }

    @Test func aDamagedEntryIsAnErrorAndNoVerdict() throws {
        let index = try TestIndex()
        let key = try index.makeKey(1)
        for damaged in [[], [9], [UInt8](repeating: 0, count: 44), [1] + [UInt8](repeating: 255, count: 43)] as [[UInt8]] {
            try index.environment.write { transaction in
                let digest = SecretFormat.digest(Array(key.secret.utf8).span)
                try transaction.put(digest.bytes, damaged, in: index.environment.table("index.a"))
            }
            #expect(throws: CorruptIndexEntry.self) { try index.verdict(on: key.secret) }
        }
    }

    /// A change is in force for the next question, through the same reader that answered the last one.
    @Test func everyCommitIsSeenByTheNextQuestion() throws {
        let index = try TestIndex()
        let key = try index.makeKey(1)
        for round in 0..<50 {
            try index.apply(round.isMultiple(of: 2) ? .disabled : .enabled, to: key.id)
            #expect(try index.verdict(on: key.secret).code == (round.isMultiple(of: 2) ? .disabled : .valid))
        }
    }

    @Test func theKeyOfAVerdictIsWhole() throws {
        let index = try TestIndex()
        let expiresAt = Self.now.adding(seconds: 5)
        let key = try index.makeKey(1, scopes: ["a:b"], permissions: [.keysRead, .verify], expiresAt: expiresAt)
        let known = try #require(try index.verdict(on: key.secret).key)
        #expect(known.id == key.id && known.accountID == TestIndex.account && known.secretID == 1)
        #expect(known.digest == SecretFormat.digest(Array(key.secret.utf8).span))
        #expect(known.permissions == PermissionSet([.keysRead, .verify]) && known.expiresAt == expiresAt)
    }
}
