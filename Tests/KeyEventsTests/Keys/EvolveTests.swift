import KeyEvents
import Testing

@Suite struct EvolveTests {
    private func event(_ body: Event.Body, sealed: Bool = false) -> Event {
        Event(
            keyID: KeyState.example.id, accountID: .operator, recordedAt: Timestamp(seconds: 50), actor: .commandLine,
            sealed: sealed ? SealedFields(dataKeyID: Bytes16(high: 0, low: 0), ciphertext: []) : nil, body: body)
    }

    /// Total: any event on any state gives a state, and an ended key stays what it was.
    @Test func endedStatesNeverChange() {
        withSeed { random in
            for _ in 0..<1_000 {
                var state = random.keyState()
                if state.end == nil { state.end = .expired(at: Timestamp(seconds: 1)) }
                #expect(evolve(state, random.event(), personal: PersonalFields(name: "x"), at: 99) == state)
            }
        }
    }

    @Test func usesAndUnknownEventsChangeNothing() {
        withSeed { random in
            for _ in 0..<500 {
                let state = random.keyState()
                for body in [.used(random.use()), .refused(random.use(), .expired), .unknown(field: 40)] as [Event.Body] {
                    #expect(evolve(state, event(body), personal: nil, at: 99) == state)
                }
            }
        }
    }

    @Test func onlyACreationBegins() {
        withSeed { random in
            for _ in 0..<500 {
                let event = random.event()
                let state = evolve(nil, event, personal: nil, at: 7)
                if case .created = event.body { #expect(state?.createdPosition == 7) } else { #expect(state == nil) }
            }
        }
    }

    @Test func secretsComeAndGo() throws {
        let second = SecretRecord(id: 2, digest: SecretRecord.example.digest, hint: "lhql_live_…wxyz")
        let two = try #require(evolve(.example, event(.secretAdded(second)), personal: nil, at: 5))
        #expect(two.secrets.map(\.id) == [1, 2])
        #expect(two.hint == "lhql_live_…wxyz")
        let one = try #require(evolve(two, event(.secretRetired(secretID: 1)), personal: nil, at: 6))
        #expect(one.secrets.map(\.id) == [2])
        #expect(one.changedPosition == 6)
    }

    @Test func aChangeThatCannotBeReadForgetsTheOldName() throws {
        let changed = event(.changed(Event.Changed()), sealed: true)
        let state = try #require(evolve(.example, changed, personal: nil, at: 5))
        #expect(state.name == nil)
        #expect(state.metadata == nil)
        let unsealed = try #require(evolve(.example, event(.changed(Event.Changed(scopes: []))), personal: nil, at: 5))
        #expect(unsealed.name == "Mews")
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
