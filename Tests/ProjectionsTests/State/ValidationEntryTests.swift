import Bytes
import KeyEvents
import TestSupport
import Testing

@testable import Projections

/// The layout is read in place by every process on the host: it does not change without a new version number.
@Suite struct ValidationEntryTests {
    private static func state(_ change: (inout KeyState) -> Void = { _ in }) -> KeyState {
        guard let digest = Digest32([UInt8](repeating: 3, count: 32)) else { preconditionFailure("32 bytes are a digest") }
        var state = KeyState(
            id: KeyID(Bytes16(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)), accountID: AccountID(trusted: "hotel"),
            environment: "live", createdAt: Timestamp(seconds: 1), createdPosition: 4, sealedName: nil, sealedMetadata: nil,
            secrets: [KeySecret(record: SecretRecord(id: 0x0A0B_0C0D, digest: digest, hint: "…"), addedAt: Timestamp(seconds: 1))],
            scopes: ["a:*", "b"], permissions: [.keysRead, .admin],
            expiresAt: Timestamp(microseconds: 0x0001_0203_0405_0607))
        change(&state)
        return state
    }

    private static func encode(_ state: KeyState) -> [UInt8] { ValidationEntry.encode(state, state.secrets[0]) }

    private static let golden: [UInt8] =
        [3, 0, 0b1_0010, 4, 5, 2, 0x96, 0x85]
        + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
        + [0x0A, 0x0B, 0x0C, 0x0D]
        + [0, 1, 2, 3, 4, 5, 6, 7]
        + [0x7F] + [UInt8](repeating: 0xFF, count: 7)
        + Array("live".utf8) + Array("hotel".utf8) + [3] + Array("a:*".utf8) + [1] + Array("b".utf8)

    @Test func goldenBytes() {
        #expect(Self.encode(Self.state()) == Self.golden)
    }

    @Test func flagsAndPermissionsHaveTheirBits() {
        func bytes(_ change: (inout KeyState) -> Void) -> [UInt8] { Self.encode(Self.state(change)) }
        #expect(bytes { $0.isDisabled = true }[1] == 1)
        #expect(bytes { $0.end = .revoked(at: Timestamp(seconds: 1), reasonCode: "x") }[1] == 2)
        #expect(bytes { $0.end = .expired(at: Timestamp(seconds: 1)) }[1] == 4)
        let both = bytes {
            $0.isDisabled = true
            $0.end = .expired(at: Timestamp(seconds: 1))
        }
        #expect(both[1] == 5)
        #expect(bytes { $0.secrets[0].retiredAt = Timestamp(seconds: 1) }[1] == 8)
        let newer = Self.state {
            let newer = SecretRecord(id: 0x0A0B_0C0E, digest: $0.secrets[0].record.digest, hint: "…")
            $0.secrets[0].retirement = .whenNewerIsUsed
            $0.secrets.append(KeySecret(record: newer, addedAt: Timestamp(seconds: 2)))
        }
        #expect(newer.secrets.map { ValidationEntry.encode(newer, $0)[1] } == [0, 16])
        #expect(bytes { $0.sealedAllowlist = SealedFields(dataKeyID: Bytes16(high: 0, low: 0), ciphertext: []) }[1] == 32)
        #expect(Array(bytes { $0.secrets[0].retirement = .at(Timestamp(microseconds: 5)) }[36..<44]) == [0, 0, 0, 0, 0, 0, 0, 5])
        for (bit, permission) in [Permission.verify, .keysRead, .keysWrite, .logRead, .admin].enumerated() {
            #expect(bytes { $0.permissions = [permission] }[2] == 1 << bit)
        }
        #expect(bytes { $0.permissions = Permission.allCases }[2] == 0b1_1111)
        #expect(Array(bytes { $0.expiresAt = nil }[28..<36]) == [0x7F] + [UInt8](repeating: 0xFF, count: 7))
        #expect(Array(bytes { $0.expiresAt = Timestamp(microseconds: -1) }[28..<36]) == [UInt8](repeating: 0xFF, count: 8))
    }

    @Test func readsBackWhatWasWritten() throws {
        let golden = Self.golden
        let isRead: Bool = {
            guard let entry = ValidationEntry(golden.span) else { return false }
            let id = entry.keyID
            let account = entry.accountID
            let secret = entry.secretID
            #expect(id == Self.state().id && account == Self.state().accountID && secret == 0x0A0B_0C0D)
            let flags = [entry.isDisabled, entry.isRevoked, entry.isExpiryRecorded]
            #expect(flags == [false, false, false])
            let expiresAt = entry.expiresAt
            let permissions = entry.permissions
            #expect(expiresAt == Self.state().expiresAt)
            #expect(permissions == PermissionSet([.keysRead, .admin]))
            let environments = ["live", "liv", "lives", "Live", ""].map { entry.isEnvironment($0) }
            #expect(environments == [true, false, false, false, false])
            let accounts = ["hotel", "hote", "hotels", "live", "operator"].map { entry.isAccount(AccountID(trusted: $0)) }
            #expect(accounts == [true, false, false, false, false])
            let scopes = ["a:x", "b", "a:", "a", "c", "bb"].map { entry.permits($0) }
            #expect(scopes == [true, true, false, false, false, false])
            return true
        }()
        #expect(isRead)
    }

    @Test func otherBytesAreNoEntry() {
        func isEntry(_ bytes: [UInt8]) -> Bool { ValidationEntry(bytes.span) != nil }
        #expect(isEntry(Self.golden))
        for length in 0..<Self.golden.count { #expect(!isEntry(Array(Self.golden.prefix(length)))) }
        for more in 1...9 { #expect(!isEntry(Self.golden + [UInt8](repeating: 0, count: more))) }
        // The first layout, which had no check.
        var older = Self.golden
        older[0] = 1
        #expect(!isEntry(older))
        older[6] = 0
        older[7] = 0
        #expect(!isEntry(older))
    }

    /// A flipped bit may make a revoked key good again, or give it other permissions.
    @Test func everyFlippedBitIsNoticed() {
        var random = SplitMix64(seed: printedSeed())
        let random200 = Self.state { $0.scopes = (0..<200 as Range<Int>).map { _ in "a:\(random.next())" } }
        let entries = [
            Self.golden, Self.encode(Self.state { $0.end = .revoked(at: Timestamp(seconds: 1), reasonCode: "x") }),
            Self.encode(random200),
        ]
        for entry in entries {
            for bit in 0..<entry.count * 8 {
                var flipped = entry
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                let isBelieved = ValidationEntry(flipped.span) != nil
                #expect(!isBelieved, "bit \(bit)")
            }
            var believed = 0
            for _ in 0..<10_000 {
                var changed = entry
                for _ in 0..<Int.random(in: 2...8, using: &random) {
                    changed[Int.random(in: 0..<entry.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                if changed != entry, ValidationEntry(changed.span) != nil { believed += 1 }
            }
            #expect(believed <= 4)
        }
    }

    @Test func theLargestKeyFits() {
        let scopes = (0..<100).map { number in "\(number)" + String(repeating: "x", count: 126) }
        let state = KeyState(
            id: Self.state().id, accountID: AccountID(trusted: String(repeating: "a", count: 64)),
            environment: String(repeating: "e", count: 16), createdAt: Timestamp(seconds: 1), createdPosition: 0, sealedName: nil,
            sealedMetadata: nil, secrets: Self.state().secrets, scopes: scopes, permissions: [], expiresAt: nil)
        let bytes = Self.encode(state)
        let permits = scopes.map { scope in ValidationEntry(bytes.span)?.permits(scope) == true }
        #expect(permits.allSatisfy { $0 })
    }

    @Test func adminStandsForAll() {
        for permission in Permission.allCases {
            #expect(PermissionSet([.admin]).contains(permission))
            #expect(PermissionSet([permission]).contains(permission))
            #expect(!PermissionSet([]).contains(permission))
            if permission != .admin { #expect(!PermissionSet([permission]).contains(.admin)) }
        }
    }
}
