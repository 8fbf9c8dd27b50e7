import Bytes
import KeyEvents
import Testing

@testable import EventLog

/// How a log came to its origin and key, and where what somebody kept from before belongs.
@Suite struct LogSuccessionTests {
    private static let log = Bytes16(high: 1, low: 2)
    private static let other = Bytes16(high: 3, low: 4)

    private func signer(_ seed: UInt8, _ origin: LogOrigin) throws -> NoteSigner {
        try #require(NoteSigner(name: "\(origin)", seed: Array(repeating: seed, count: 32)))
    }

    private func next(_ seed: UInt8, of log: Bytes16 = log) throws -> (origin: LogOrigin, signer: NoteSigner) {
        let origin = LogOrigin(log, publicKey: try signer(seed, LogOrigin(log)).verifier.publicKey)
        return (origin, try signer(seed, origin))
    }

    private func changed(
        _ old: NoteVerifier?, _ oldOrigin: LogOrigin, to new: NoteVerifier, signature: [UInt8] = [], by actor: Actor = .commandLine,
        requires: [String] = ["log-key"]
    ) -> Event {
        Event(
            keyID: .none, accountID: .operator, actor: actor, requires: requires,
            body: .logKeyChanged(
                LogKeyChange(
                    oldOrigin: "\(oldOrigin)", oldVerifierKey: old.map { "\($0)" } ?? "", newOrigin: new.name, newVerifierKey: "\(new)",
                    signature: signature)))
    }

    private func forked(_ left: Bytes16, to log: Bytes16, leaving note: String = "", abandoning: [Bytes16] = []) -> Event {
        Event(
            keyID: .none, accountID: .operator, actor: .commandLine, requires: ["fork"],
            body: .logForked(LogFork(leftLogID: left, leftCheckpoint: note, logID: log, abandonedLogIDs: abandoning)))
    }

    private func handover(_ old: NoteSigner, to new: NoteVerifier, at position: UInt64) throws -> [UInt8] {
        let change = LogKeyChange(
            oldOrigin: old.verifier.name, oldVerifierKey: "\(old.verifier)", newOrigin: new.name, newVerifierKey: "\(new)")
        return try old.signature(over: change.handover(at: position))
    }

    private func checkpoint(_ origin: LogOrigin, _ size: UInt64) -> Checkpoint {
        Checkpoint(origin: "\(origin)", size: size, root: MerkleHash.empty)
    }

    @Test func originsHaveOneSpelling() throws {
        let hex = Self.log.hex
        #expect(LogOrigin("keyledger/\(hex)") == LogOrigin(Self.log))
        #expect(LogOrigin("keyledger/\(hex)/00000000000000ff")?.key == 255)
        for text in [
            "", "keyledger", "keyledger/", "x/\(hex)", "keyledger/\(hex)/", "keyledger/\(hex)/ff", "keyledger/\(hex)/00000000000000FF",
            "keyledger/\(hex)/00000000000000ff/",
        ] {
            #expect(LogOrigin(text) == nil, "\(text)")
        }
    }

    @Test func aKeyThatHandsOverIsFollowed() throws {
        let first = try signer(1, LogOrigin(Self.log))
        let (second, third) = (try next(2), try next(3))
        var succession = LogSuccession()
        let signature = try handover(first, to: second.signer.verifier, at: 5)
        #expect(succession.add(changed(first.verifier, LogOrigin(Self.log), to: second.signer.verifier, signature: signature), at: 5) == [])
        #expect(succession.trust(in: second.signer.verifier, holding: first.verifier) == .followed(at: [5]))
        let again = try handover(second.signer, to: third.signer.verifier, at: 9)
        #expect(succession.add(changed(second.signer.verifier, second.origin, to: third.signer.verifier, signature: again), at: 9) == [])
        #expect(succession.trust(in: third.signer.verifier, holding: first.verifier) == .followed(at: [5, 9]))
        #expect(succession.trust(in: third.signer.verifier, holding: try signer(8, LogOrigin(Self.log)).verifier) == .unrelated)
        #expect(succession.origin(of: Self.log) == third.origin)
        for (size, origin) in [
            (0, LogOrigin(Self.log)), (5, LogOrigin(Self.log)), (6, second.origin), (9, second.origin), (10, third.origin),
        ] as [(UInt64, LogOrigin)] {
            #expect(succession.origin(ofSize: size, current: third.origin) == origin, "\(size)")
            #expect(succession.place(of: checkpoint(origin, size), current: third.origin) == .here)
        }
        #expect(succession.place(of: checkpoint(LogOrigin(Self.log), 6), current: third.origin) == .leftBehind(at: 5))
        #expect(succession.place(of: checkpoint(LogOrigin(Self.other), 1), current: third.origin) == .elsewhere)
        #expect(succession.verifiers(current: nil)[second.origin] == second.signer.verifier)
    }

    @Test func aLostKeyBreaksTrust() throws {
        let (first, second) = (try signer(1, LogOrigin(Self.log)), try next(2))
        var succession = LogSuccession()
        #expect(succession.add(changed(nil, LogOrigin(Self.log), to: second.signer.verifier), at: 5) == [])
        #expect(succession.trust(in: second.signer.verifier, holding: first.verifier) == .unrelated)
        succession = LogSuccession()
        #expect(succession.add(changed(first.verifier, LogOrigin(Self.log), to: second.signer.verifier), at: 5) == [])
        #expect(succession.trust(in: second.signer.verifier, holding: first.verifier) == .broken(at: 5))
        #expect(succession.verifiers(current: nil)[LogOrigin(Self.log)] == first.verifier)
    }

    @Test func falseChangesAreTold() throws {
        let first = try signer(1, LogOrigin(Self.log))
        let (second, third, foreign) = (try next(2), try next(3), try next(2, of: Self.other))
        let right = try handover(first, to: second.signer.verifier, at: 5)
        func objections(_ event: Event, at position: UInt64 = 5) -> [String] {
            var succession = LogSuccession()
            return succession.add(event, at: position)
        }
        let old = LogOrigin(Self.log)
        #expect(objections(changed(first.verifier, old, to: second.signer.verifier, signature: right)) == [])
        // The signature is for this position, these keys.
        #expect(objections(changed(first.verifier, old, to: second.signer.verifier, signature: right), at: 6).count == 1)
        #expect(objections(changed(first.verifier, old, to: third.signer.verifier, signature: right)).count == 1)
        #expect(objections(changed(nil, old, to: second.signer.verifier, signature: right)).count == 1)
        // The change's author and its required features are checked too.
        #expect(objections(changed(first.verifier, old, to: second.signer.verifier, signature: right, by: .key(.none))).count == 1)
        #expect(objections(changed(first.verifier, old, to: second.signer.verifier, signature: right, requires: [])).count == 1)
        // Origins that do not fit.
        #expect(objections(changed(first.verifier, old, to: foreign.signer.verifier)).count == 1)
        #expect(objections(changed(nil, second.origin, to: third.signer.verifier)).count == 1)
        #expect(objections(changed(first.verifier, old, to: try signer(2, LogOrigin(Self.log, key: 7)).verifier)).count == 1)
        // A key that is known is named, and no other.
        for named in [nil, try signer(9, second.origin).verifier] as [NoteVerifier?] {
            var succession = LogSuccession()
            succession.add(changed(first.verifier, old, to: second.signer.verifier, signature: right), at: 5)
            #expect(succession.add(changed(named, second.origin, to: third.signer.verifier), at: 7).count == 1)
        }
    }

    @Test func forksLeaveWhatCameAfter() throws {
        let first = try signer(1, LogOrigin(Self.log))
        let gone = Bytes16(high: 5, low: 6)
        let note = try first.sign(checkpoint(LogOrigin(Self.log), 9).text).description
        var succession = LogSuccession()
        #expect(succession.add(forked(Self.log, to: Self.other, leaving: note, abandoning: [gone]), at: 5) == [])
        let current = LogOrigin(Self.other)
        #expect(succession.place(of: checkpoint(LogOrigin(Self.log), 5), current: current) == .here)
        #expect(succession.place(of: checkpoint(LogOrigin(Self.log), 6), current: current) == .leftBehind(at: 5))
        #expect(succession.place(of: checkpoint(LogOrigin(gone), 5), current: current) == .abandoned(at: 5))
        #expect(succession.place(of: checkpoint(LogOrigin(gone), 6), current: current) == .leftBehind(at: 5))
        // Under a key that the old log got later.
        #expect(succession.place(of: checkpoint(LogOrigin(Self.log, key: 1), 3), current: current) == .leftBehind(at: 5))
        // The key goes on under the new name.
        let renamed = try #require(first.verifier.named(current))
        #expect(succession.trust(in: renamed, holding: first.verifier) == .followed(at: [5]))
        #expect(succession.verifiers(current: renamed)[LogOrigin(Self.log)] == first.verifier)
        #expect(succession.add(forked(Self.log, to: gone), at: 7).count == 1)
        var strange = LogSuccession()
        #expect(strange.add(forked(Self.log, to: Self.log), at: 1).count == 1)
        #expect(strange.add(forked(Self.log, to: Self.other, leaving: "hello"), at: 2).count == 1)
    }
}
