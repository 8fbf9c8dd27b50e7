import Bytes
import SwiftProtobuf
import TestSupport
import Testing

@testable import KeyEvents

/// `EventHeader` and `UseSummary` read bytes by themselves: they must say what decoding says, and never trap.
@Suite struct EventScannerTests {
    @Test func agreesOnEveryEvent() throws {
        try withSeed { random in
            for _ in 0..<2_000 {
                let event = random.event()
                let bytes = try EventCodec.encode(event)
                try agree(bytes)
                let header = try #require(EventHeader(record: bytes))
                #expect(header.keyID == event.keyID)
                #expect(header.recordedAt == event.recordedAt)
                #expect(header.isLifecycle == event.body.isLifecycle)
            }
        }
    }

    /// Fields in any order, repeated, split in pieces, of unknown numbers and with the wrong layout.
    @Test func agreesOnStrangeButValidRecords() throws {
        var valid = 0
        try withSeed { random in
            for _ in 0..<8_000 {
                var pieces: [[UInt8]] = []
                for _ in 0..<Int.random(in: 1...2, using: &random) { pieces += try fields(EventCodec.encode(random.event())) }
                for _ in 0..<Int.random(in: 0...3, using: &random) { pieces.append(random.unknownField(1...40)) }
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    pieces.append(ProtobufBytes.data(random.pick([21, 22]), random.bodyFields()))
                }
                pieces.shuffle(using: &random)
                let bytes = pieces.flatMap { $0 }
                if (try? EventCodec.decode(bytes)) != nil { valid += 1 }
                try agree(bytes)
            }
        }
        #expect(valid > 500)
    }

    @Test func neverTraps() throws {
        try withSeed { random in
            for _ in 0..<20_000 { try agree(random.bytes(Int.random(in: 0...80, using: &random))) }
            for _ in 0..<60 {
                let bytes = try EventCodec.encode(random.event())
                for end in 0..<bytes.count { try agree(Array(bytes[..<end])) }
            }
            for _ in 0..<6_000 {
                var bytes = try EventCodec.encode(random.event())
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                try agree(bytes)
            }
        }
    }

    @Test func deepGroupsAreScannedWithoutRecursion() {
        let opens = [UInt8](repeating: 0x53, count: 60_000)
        #expect(EventHeader(record: opens) == nil)
        #expect(UseSummary(record: opens) == nil)
    }

    @Test func aUseIsItsOwnFirstUnlessAggregated() throws {
        var use = Event.Use(secretID: 1, decidedAtPosition: 7, decidedAt: Timestamp(seconds: 100))
        func summary() throws -> UseSummary {
            let event = Event(keyID: KeyID(Bytes16(high: 1, low: 2)), accountID: .operator, actor: .commandLine, body: .used(use))
            return try #require(UseSummary(record: EventCodec.encode(event)))
        }
        #expect(try summary().firstAt == Timestamp(seconds: 100))
        use.firstAt = Timestamp(seconds: 0)
        #expect(try summary().firstAt == Timestamp(seconds: 0))
        #expect(try summary().decidedAt == Timestamp(seconds: 100))
    }

    /// Where decoding succeeds, the scanners say the same; elsewhere they may say anything, but must return.
    private func agree(_ bytes: [UInt8]) throws {
        let header = EventHeader(record: bytes)
        let summary = UseSummary(record: bytes)
        guard let event = try? EventCodec.decode(bytes) else { return }
        try #require(header != nil, "no header of \(bytes)")
        #expect(header?.keyID == event.keyID)
        #expect(header?.recordedAt == event.recordedAt)
        let use: Event.Use
        let code: RefusalCode?
        switch event.body {
        case .used(let body): (use, code) = (body, nil)
        case .refused(let body, let refusal): (use, code) = (body, refusal)
        default:
            #expect(summary == nil, "a summary of \(event.body)")
            if case .unknown(let field) = event.body { #expect(header?.bodyField == field) }
            return
        }
        try #require(summary != nil, "no summary of \(bytes)")
        #expect(summary?.keyID == event.keyID)
        #expect(summary?.recordedAt == event.recordedAt)
        #expect(summary?.count == use.count)
        #expect(summary?.secretID == use.secretID)
        #expect(summary?.decidedAt == use.decidedAt)
        #expect(summary?.decidedAtPosition == use.decidedAtPosition)
        #expect(summary?.firstAt == use.firstAt ?? use.decidedAt)
        #expect(summary?.code == code)
        #expect(summary?.isInternal == use.isInternal)
    }

    /// The record's top-level fields, each with its tag.
    private func fields(_ bytes: [UInt8]) -> [[UInt8]] {
        var fields: [[UInt8]] = []
        var scanner = WireScanner(0..<bytes.count)
        while !scanner.isAtEnd {
            let start = scanner.offset
            guard let tag = scanner.tag(bytes.span), scanner.skip(tag.type, bytes.span) else { return fields }
            fields.append(Array(bytes[start..<scanner.offset]))
        }
        return fields
    }
}

extension SplitMix64 {
    /// Pieces of a use: some fields, some unknown, some with the wrong layout.
    fileprivate mutating func bodyFields() -> [UInt8] {
        (0..<Int.random(in: 0...4, using: &self)).flatMap { _ in
            chance(70) ? ProtobufBytes.number(pick([1, 2, 4, 5, 6, 8, 9]), number()) : unknownField(1...12)
        }
    }
}
