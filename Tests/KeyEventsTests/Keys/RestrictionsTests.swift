import TestSupport
import Testing

@testable import KeyEvents

@Suite struct RestrictionsTests {
    /// Whatever a newer copy says, nothing in it gives a key more than it had, and a second time nothing is left to do.
    @Test func nothingIsEverGiven() {
        withSeed { random in
            for _ in 0..<3_000 {
                let state = random.keyState()
                var newer = random.keyState(of: state)
                let now = random.time()
                var after = state
                for (index, event) in restrictions(of: state, knowing: newer, now: now).enumerated() {
                    let recorded = Event(
                        keyID: state.id, accountID: state.accountID, recordedAt: now, actor: Actor(kind: .import, id: "fork"),
                        commandOrdinal: UInt32(index), sealed: event.sealed, body: event.body)
                    after = evolve(after, recorded, at: state.changedPosition &+ 1) ?? after
                }
                #expect(Set(after.scopes).isSubset(of: state.scopes) && Set(after.permissions).isSubset(of: state.permissions))
                if let before = state.expiresAt { #expect(after.expiresAt.map { $0 <= before } ?? false) }
                if state.isDisabled { #expect(after.isDisabled) }
                if state.end != nil { #expect(after == state) }
                if state.sealedAllowlist != nil { #expect(after.sealedAllowlist != nil) }
                guard state.end == nil else { continue }
                // And nothing that the copy knows to be gone is left.
                if newer.end != nil { #expect(after.end != nil || after.status(at: now) == .expired) }
                guard newer.end == nil else { continue }
                #expect(Set(after.scopes).isSubset(of: newer.scopes) && Set(after.permissions).isSubset(of: newer.permissions))
                if newer.isDisabled { #expect(after.isDisabled) }
                if let date = newer.expiresAt { #expect(after.expiresAt.map { $0 <= date } ?? false) }
                let live = Set(newer.secrets.filter { $0.retiredAt == nil }.map(\.record.id))
                #expect(after.secrets.allSatisfy { $0.retiredAt != nil || live.contains($0.record.id) })
                newer.secrets = []
            }
        }
    }
}

extension SplitMix64 {
    /// Another state that the same key may have come to.
    fileprivate mutating func keyState(of state: KeyState) -> KeyState {
        let other = keyState()
        var newer = KeyState(
            id: state.id, accountID: state.accountID, environment: state.environment, createdAt: state.createdAt,
            createdPosition: state.createdPosition, sealedName: state.sealedName, sealedMetadata: state.sealedMetadata,
            secrets: state.secrets.filter { _ in chance(80) } + (chance(30) ? other.secrets : []),
            scopes: state.scopes.filter { _ in chance(60) } + other.scopes,
            permissions: chance(50) ? state.permissions : other.permissions, expiresAt: chance(50) ? state.expiresAt : other.expiresAt)
        newer.isDisabled = other.isDisabled
        newer.end = other.end
        newer.sealedAllowlist = other.sealedAllowlist
        return newer
    }
}
