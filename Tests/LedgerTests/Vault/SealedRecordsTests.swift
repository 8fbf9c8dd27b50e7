import EventLog
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable import LedgerQueries

/// What is sealed in one record opens in no other, through the service.
@Suite struct SealedRecordsTests {
    /// Uses that were decided twice, aggregated and refused ones among them.
    @Test func everythingRecordedOpensWhereItStandsAndNowhereElse() async throws {
        let home = TestHome(seed: printedSeed())
        for (round, recording) in [UseRecording.durable, .aggregated(window: .seconds(1))].enumerated() {
            try await home.withLedger(recording) { ledger in
                let key = try await ledger.newKey("first", account: .hotel)
                _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "second"), by: .commandLine)
                _ = try await ledger.commands.changeKey(key.id, KeyChange(metadata: ["a": "b"]), by: .commandLine, commandID: "c\(round)")
                for number in 1...4 {
                    home.clock.advance(seconds: 2)
                    let context = UseContext(clientAddress: "192.0.2.\(number)", method: "GET", path: "/\(number)")
                    _ = try await ledger.verifier.verify(
                        key.secret, AccessCheck(scopes: number == 4 ? ["x"] : []), context: context, actor: .commandLine)
                }
                try await ledger.settle()
            }
            // Read from the files, and from the state.
            try await home.withLedger { ledger in
                let log = try ledger.log().filter { $0.event.sealed != nil }
                #expect(log.count >= 7 && log.allSatisfy { $0.personal != nil })
                for first in log {
                    for second in log where first.position != second.position && first.event.keyID == second.event.keyID {
                        var event = first.event
                        event.sealed = second.event.sealed
                        let read = try EventCodec.decode(EventCodec.encode(event))
                        #expect(ledger.events.open(read) == nil, "\(second.position) opens in \(first.position)")
                    }
                }
                for listed in try ledger.keys.listKeys(for: .commandLine, limit: 10) {
                    #expect(listed.key.name == "second" && listed.key.metadata == ["a": "b"])
                }
                #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
            }
        }
    }
}
