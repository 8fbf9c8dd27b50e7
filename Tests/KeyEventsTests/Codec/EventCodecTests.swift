import Bytes
import SwiftProtobuf
import TestSupport
import Testing

@testable import KeyEvents

@Suite struct EventCodecTests {
    private static let key: [UInt8] = ProtobufBytes.data(1, Array(1...16))
    private static let account: [UInt8] = ProtobufBytes.text(2, "acme")
    private static let actor: [UInt8] = ProtobufBytes.data(5, ProtobufBytes.number(1, 1) + ProtobufBytes.text(2, "cli"))
    private static let envelope = key + account + actor

    @Test func everyEventSurvives() throws {
        try withSeed { random in
            for _ in 0..<2_000 {
                let event = random.event()
                let bytes = try EventCodec.encode(event)
                #expect(try EventCodec.decode(bytes) == event)
            }
        }
    }

    /// The encoder is written by hand; generated code, which knows the schema, would write the same bytes.
    @Test func encodesWhatGeneratedCodeEncodes() throws {
        try withSeed { random in
            for _ in 0..<2_000 {
                let bytes = try EventCodec.encode(random.event())
                let again: [UInt8] = try WireEvent(serializedBytes: bytes).serializedBytes()
                #expect(again == bytes)
            }
        }
    }

    @Test func unknownFieldsSurviveAtEveryDepth() throws {
        try withSeed { random in
            for _ in 0..<800 {
                let event = random.event()
                var wire = try WireEvent(serializedBytes: EventCodec.encode(event))
                wire = try WireEvent(serializedBytes: try wire.serializedBytes() + random.unknownField(11...19))
                if random.chance(50) {
                    wire.actor = try WireActor(serializedBytes: try wire.actor.serializedBytes() + random.unknownField(3...9))
                }
                if random.chance(50), wire.hasSealed {
                    wire.sealed = try WireSealed(serializedBytes: try wire.sealed.serializedBytes() + random.unknownField(3...9))
                }
                if random.chance(70), let body = wire.body { wire.body = try body.adding(random.unknownField(20...200)) }
                let bytes: [UInt8] = try wire.serializedBytes()
                let decoded = try EventCodec.decode(bytes)
                #expect(decoded.body == event.body)
                #expect(!decoded.unknownFields.isEmpty)
                let encoded = try EventCodec.encode(decoded)
                #expect(try WireEvent(serializedBytes: encoded) == wire)
                #expect(try EventCodec.decode(encoded) == decoded)
            }
        }
    }

    @Test func aNewerBodyIsUnknownAndKept() throws {
        let bytes = Self.envelope + ProtobufBytes.data(199, [8, 1])
        let event = try EventCodec.decode(bytes)
        #expect(event.body == .unknown(field: 199))
        #expect(event.body.type == "Unknown199")
        #expect(!event.body.isLifecycle)
        #expect(try EventCodec.encode(event) == bytes)
    }

    @Test func aNewerRefusalCodeIsUnknownAndKept() throws {
        let bytes = Self.envelope + ProtobufBytes.data(22, ProtobufBytes.number(1, 5) + ProtobufBytes.number(9, 77))
        let event = try EventCodec.decode(bytes)
        #expect(event.body == .unknown(field: 22))
        #expect(try EventCodec.encode(event) == bytes)
        #expect(UseSummary(record: bytes) == nil)
    }

    @Test func aNewerDigestAlgorithmIsUnknownAndKept() throws {
        let secret = ProtobufBytes.number(1, 1) + ProtobufBytes.data(2, [1, 2]) + ProtobufBytes.number(3, 9)
        let bytes = Self.envelope + ProtobufBytes.data(28, ProtobufBytes.data(1, secret))
        let event = try EventCodec.decode(bytes)
        #expect(event.body == .unknown(field: 28))
        #expect(try EventCodec.encode(event) == bytes)
    }

    @Test func newerPermissionsAreNotGrantedButKept() throws {
        let names = ProtobufBytes.text(1, "verify") + ProtobufBytes.text(1, "keys.destroy")
        let bytes = Self.envelope + ProtobufBytes.data(25, ProtobufBytes.data(2, names))
        let event = try EventCodec.decode(bytes)
        #expect(event.body == .changed(Event.Changed(permissions: [.verify])))
        let again = try WireEvent(serializedBytes: EventCodec.encode(event))
        #expect(again.keyChanged.permissions.values == ["verify", "keys.destroy"])
    }

    @Test func aNewerActorKindIsKept() throws {
        let actor = ProtobufBytes.data(5, ProtobufBytes.number(1, 9) + ProtobufBytes.text(2, "bot"))
        let event = try EventCodec.decode(Self.key + Self.account + actor + ProtobufBytes.data(24, []))
        #expect(event.actor == Actor(kind: .unknown, id: "bot"))
        #expect(try WireEvent(serializedBytes: EventCodec.encode(event)).actor.kind == .UNRECOGNIZED(9))
    }

    @Test(arguments: [
        [], key, key + account + actor, account + actor + ProtobufBytes.data(24, []),
        ProtobufBytes.data(1, [1, 2, 3]) + account + actor + ProtobufBytes.data(24, []),
        key + ProtobufBytes.text(2, "../etc") + actor + ProtobufBytes.data(24, []), key + account + ProtobufBytes.data(24, []),
        envelope + ProtobufBytes.data(9, ProtobufBytes.data(1, [1])) + ProtobufBytes.data(24, []),
        envelope + ProtobufBytes.data(20, ProtobufBytes.data(2, ProtobufBytes.data(2, [1]) + ProtobufBytes.number(3, 1))),
        envelope + ProtobufBytes.data(20, []), [0xFF, 0xFF, 0xFF],
    ])
    func rejects(_ bytes: [UInt8]) {
        #expect(throws: RecordError.self) { try EventCodec.decode(bytes) }
    }

    @Test func aRecordHasALimit() throws {
        var random = SplitMix64(seed: 1)
        var event = random.event()
        event.body = .revoked(reasonCode: String(repeating: "x", count: 70_000))
        #expect {
            try EventCodec.encode(event)
        } throws: {
            guard case .tooLarge(let bytes) = $0 as? RecordError else { return false }
            return bytes > 70_000
        }
        #expect(throws: RecordError.tooLarge(bytes: 65_536)) { try EventCodec.decode([UInt8](repeating: 0, count: 65_536)) }
    }

    @Test func aRecordOfTheLargestSizeFits() throws {
        var event = Event(keyID: KeyID(Bytes16(high: 1, low: 2)), accountID: .operator, actor: .commandLine, body: .expired)
        event.commandID = "x"
        let base = try EventCodec.encode(event).count
        event.commandID = String(repeating: "x", count: 1 + EventCodec.maximumRecordBytes - base - 2)
        let bytes = try EventCodec.encode(event)
        #expect(bytes.count == EventCodec.maximumRecordBytes)
        #expect(try EventCodec.decode(bytes) == event)
        event.commandID += "x"
        #expect(throws: RecordError.tooLarge(bytes: 65_536)) { try EventCodec.encode(event) }
    }
}

extension WireEvent.OneOf_Body {
    /// The body with `bytes` behind it, and behind every message in it.
    fileprivate func adding(_ bytes: [UInt8]) throws -> Self {
        func added<Body: Message>(_ body: Body) throws -> Body { try Body(serializedBytes: try body.serializedBytes() + bytes) }
        switch self {
        case .keyCreated(var body):
            body.secret = try added(body.secret)
            return .keyCreated(try added(body))
        case .keyUsed(let body): return .keyUsed(try added(body))
        case .keyRefused(let body): return .keyRefused(try added(body))
        case .keyRevoked(let body): return .keyRevoked(try added(body))
        case .keyExpired(let body): return .keyExpired(try added(body))
        case .keyChanged(var body):
            if body.hasScopes { body.scopes = try added(body.scopes) }
            if body.hasPermissions { body.permissions = try added(body.permissions) }
            if body.hasExpiry { body.expiry = try added(body.expiry) }
            return .keyChanged(try added(body))
        case .keyDisabled(let body): return .keyDisabled(try added(body))
        case .keyEnabled(let body): return .keyEnabled(try added(body))
        case .secretAdded(var body):
            body.secret = try added(body.secret)
            return .secretAdded(try added(body))
        case .secretRetired(let body): return .secretRetired(try added(body))
        case .logForked(let body): return .logForked(try added(body))
        case .clockConfirmed(let body): return .clockConfirmed(try added(body))
        case .logRead(let body): return .logRead(try added(body))
        case .logKeyChanged(let body): return .logKeyChanged(try added(body))
        case .accountErased(let body): return .accountErased(try added(body))
        case .accountChanged(var body):
            if body.hasGrantable { body.grantable = try added(body.grantable) }
            return .accountChanged(try added(body))
        }
    }
}
