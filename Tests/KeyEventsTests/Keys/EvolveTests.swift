import Bytes
import KeyEvents
import TestSupport
import Testing

@Suite struct EvolveTests {
    private func event(_ body: Event.Body, sealed: SealedFields? = nil) -> Event {
        Event(
            keyID: KeyState.example.id, accountID: .operator, recordedAt: Timestamp(seconds: 50), actor: .commandLine, sealed: sealed,
            body: body)
    }

    /// Total: any event on any state gives a state, and an ended key stays what it was.
    @Test func endedStatesNeverChange() {
        withSeed { random in
            for _ in 0..<1_000 {
                var state = random.keyState()
                if state.end == nil { state.end = .expired(at: Timestamp(seconds: 1)) }
                #expect(evolve(state, random.event(), at: 99) == state)
            }
        }
    }

    @Test func usesAndUnknownEventsChangeNothing() {
        withSeed { random in
            for _ in 0..<500 {
                let state = random.keyState()
                for body in [.used(random.use()), .refused(random.use(), .expired), .unknown(field: 40)] as [Event.Body] {
                    #expect(evolve(state, event(body), at: 99) == state)
                }
            }
        }
    }

    @Test func onlyACreationBegins() {
        withSeed { random in
            for _ in 0..<500 {
                let event = random.event()
                let state = evolve(nil, event, at: 7)
                if case .created = event.body { #expect(state?.createdPosition == 7) } else { #expect(state == nil) }
            }
        }
    }

    @Test func secretsComeAndGo() throws {
        let second = SecretRecord(id: 2, digest: SecretRecord.example.digest, hint: "lhql_live_…wxyz")
        let end = Timestamp(seconds: 2_000_000_000)
        let two = try #require(evolve(.example, event(.secretAdded(second, olderRetire: .at(end))), at: 5))
        #expect(two.secrets.map(\.record.id) == [1, 2])
        #expect(two.secrets.map(\.retirement) == [.at(end), nil])
        #expect(two.hint == "lhql_live_…wxyz")
        #expect(two.nextEnd == end)
        #expect(two.secrets.map { $0.status(at: end.adding(seconds: -1)) } == [.retiring, .active])
        #expect(two.secrets.map { $0.status(at: end) } == [.retired, .active])
        let one = try #require(evolve(two, event(.secretRetired(secretID: 1)), at: 6))
        #expect(one.secrets.map { $0.retiredAt != nil } == [true, false])
        #expect(one.changedPosition == 6 && one.nextEnd == nil)
        #expect(evolve(one, event(.secretRetired(secretID: 1)), at: 7) == one)
        #expect(evolve(one, event(.secretRetired(secretID: 9)), at: 7) == one)
    }

    @Test func onlyTheNewestRetiredSecretsAreRemembered() throws {
        var state: KeyState? = .example
        for number in UInt32(2)...40 {
            let secret = SecretRecord(id: number, digest: SecretRecord.example.digest, hint: "…")
            state = evolve(state, event(.secretRetired(secretID: number - 1)), at: UInt64(number) * 2)
            state = evolve(state, event(.secretAdded(secret, olderRetire: nil)), at: UInt64(number) * 2 + 1)
        }
        #expect(state?.secrets.map(\.record.id) == Array(40 - UInt32(KeyState.maxRetiredSecrets)...40))
    }

    @Test func personalFieldsComeFromTheEventThatSetThem() throws {
        func sealed(_ byte: UInt8) -> SealedFields { SealedFields(dataKeyID: Bytes16(high: 0, low: 0), ciphertext: [byte]) }
        func after(_ state: KeyState?, _ changed: Event.Changed, _ byte: UInt8?) -> KeyState? {
            evolve(state, event(.changed(changed), sealed: byte.map(sealed)), at: 5)
        }
        let created = Event.Created(environment: "live", secret: .example, scopes: [], permissions: [], expiresAt: nil)
        let first = evolve(nil, event(.created(created), sealed: sealed(1)), at: 0)
        #expect(first?.sealedName == sealed(1))
        #expect(first?.sealedMetadata == sealed(1))
        let renamed = after(first, Event.Changed(replacesName: true), 2)
        #expect(renamed?.sealedName == sealed(2))
        #expect(renamed?.sealedMetadata == sealed(1))
        let described = after(renamed, Event.Changed(replacesMetadata: true), 3)
        #expect(described?.sealedName == sealed(2))
        #expect(described?.sealedMetadata == sealed(3))
        let scoped = after(described, Event.Changed(scopes: ["a"]), 4)
        #expect(scoped?.sealedName == sealed(2))
        #expect(scoped?.sealedMetadata == sealed(3))
    }

    @Test func statusFollowsFromTheStateAndTheTime() {
        var state = KeyState.example
        #expect(state.status(at: Timestamp(seconds: 10)) == .active)
        state.isDisabled = true
        #expect(state.status(at: Timestamp(seconds: 10)) == .disabled)
        state.expiresAt = Timestamp(seconds: 10)
        #expect(state.status(at: Timestamp(microseconds: 9_999_999)) == .disabled)
        #expect(state.status(at: Timestamp(seconds: 10)) == .expired)
        state.end = .revoked(at: Timestamp(seconds: 5), reasonCode: "leaked")
        #expect(state.status(at: Timestamp(seconds: 10)) == .revoked)
    }
}
