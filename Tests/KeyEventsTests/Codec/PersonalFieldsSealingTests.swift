import Bytes
import Crypto
import SwiftProtobuf
import TestSupport
import Testing

@testable import KeyEvents

@Suite struct PersonalFieldsSealingTests {
    private let key = SymmetricKey(data: [UInt8](repeating: 7, count: 32))
    private let keyID = KeyID(Bytes16(high: 1, low: 2))
    private let account = AccountID.operator
    private let nonce = [UInt8](0..<12)
    private let fields = PersonalFields(
        name: "Mews – Paris", metadata: ["owner": "Ada", "system": "PMS", "": ""], reason: "lost laptop", actorLabel: "Ada L.",
        clientAddress: "2001:db8::1", method: "GET", path: "/v1/listings")

    private let salt = Bytes16(high: 5, low: 6)

    private func sealed(_ fields: PersonalFields? = nil, for event: Event? = nil, nonce: [UInt8]? = nil) throws -> SealedFields {
        try SealedFields.seal(
            fields ?? self.fields, dataKeyID: Bytes16(high: 3, low: 4), key: MessageKey(of: key, salt: salt), nonce: nonce ?? self.nonce,
            for: event ?? Event(keyID: keyID, accountID: account, actor: .commandLine, body: .disabled))
    }

    /// Returns fields sealed as earlier versions did: under the data key, with key id and account alone.
    private func sealedAsBefore() throws -> SealedFields {
        var plain = WireWriter(reserving: 64)
        plain.personal(fields)
        let box = try AES.GCM.seal(
            plain.bytes, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: keyID.raw.bytes + Array("operator".utf8))
        return SealedFields(dataKeyID: Bytes16(high: 3, low: 4), ciphertext: Array(try #require(box.combined)))
    }

    @Test func whatVersionsBeforeSealedOpens() throws {
        let sealed = try sealedAsBefore()
        #expect(sealed.open(key: key, keyID: keyID, accountID: account) == fields)
        #expect(sealed.open(key: key, keyID: KeyID(Bytes16(high: 1, low: 3)), accountID: account) == nil)
        #expect(try sealed.open(key: key, keyID: keyID, accountID: #require(AccountID("acme"))) == nil)
        // One construction is not taken for the other, nor a newer one for either.
        for number in [0, 1, 2, 3] as [UInt32] {
            for sealed in [sealed, try self.sealed()] where sealed.constructionNumber != number {
                let other = SealedFields(
                    dataKeyID: sealed.dataKeyID, ciphertext: sealed.ciphertext, number: number,
                    binding: Event(keyID: keyID, accountID: account, actor: .commandLine, body: .disabled).sealedBinding)
                #expect(other.open(key: key, keyID: keyID, accountID: account) == nil)
                #expect(other.constructionNumber == number)
            }
        }
    }

    /// Whatever differs between two records of one key: what is sealed for the one does not open in the other.
    @Test func openInTheirRecordAndInNoOther() throws {
        let digest = try #require(Digest32([UInt8](repeating: 1, count: 32)))
        let created = Event.Body.created(
            Event.Created(
                environment: "live", secret: SecretRecord(id: 1, digest: digest, hint: ""), scopes: [], permissions: [], expiresAt: nil))
        func event(_ body: Event.Body, at seconds: Int64 = 5, id: String = "c", ordinal: UInt32 = 0) -> Event {
            Event(
                keyID: keyID, accountID: account, recordedAt: Timestamp(seconds: seconds), actor: .commandLine, commandID: id,
                commandOrdinal: ordinal, body: body)
        }
        func use(_ position: UInt64, at seconds: Int64 = 5, secret: UInt32 = 1) -> Event.Use {
            Event.Use(secretID: secret, decidedAtPosition: position, decidedAt: Timestamp(seconds: seconds))
        }
        let changed = Event.Body.changed(Event.Changed(replacesName: true))
        let events = [
            event(created), event(changed), event(changed, at: 6), event(changed, id: "d"), event(changed, id: ""),
            event(changed, ordinal: 1),
            event(.disabled), event(.used(use(1))), event(.used(use(2))), event(.used(use(1, at: 6))), event(.used(use(1, secret: 2))),
            event(.refused(use(1), .disabled)),
        ]
        for (place, event) in events.enumerated() {
            for (other, record) in events.enumerated() {
                var moved = record
                moved.sealed = try sealed(for: event)
                let read = try EventCodec.decode(EventCodec.encode(moved))
                let opened = read.sealed?.open(key: key, keyID: keyID, accountID: account)
                #expect(opened == (place == other ? fields : nil), "\(event) in \(record)")
                // What was recorded once reads the same in the state.
                if place == other { #expect(read == moved) }
            }
        }
    }

    @Test func eachSaltHasAKeyOfItsOwn() throws {
        let first = try sealed()
        var bytes = first.ciphertext
        bytes[0] ^= 1
        let other = SealedFields(dataKeyID: first.dataKeyID, ciphertext: bytes, construction: first.construction)
        #expect(other.open(key: key, keyID: keyID, accountID: account) == nil)
    }

    @Test func opensWithItsKeyOnly() throws {
        let sealed = try sealed()
        #expect(sealed.dataKeyID == Bytes16(high: 3, low: 4))
        #expect(sealed.ciphertext.starts(with: salt.bytes + nonce))
        #expect(sealed.open(key: key, keyID: keyID, accountID: account) == fields)
        #expect(sealed.open(key: SymmetricKey(data: [UInt8](repeating: 8, count: 32)), keyID: keyID, accountID: account) == nil)
    }

    @Test func isBoundToItsKeyIDAndAccount() throws {
        let sealed = try sealed()
        #expect(sealed.open(key: key, keyID: KeyID(Bytes16(high: 1, low: 3)), accountID: account) == nil)
        #expect(try sealed.open(key: key, keyID: keyID, accountID: #require(AccountID("acme"))) == nil)
    }

    @Test func everyFlippedBitAndEveryTruncationIsNoticed() throws {
        let sealed = try sealed()
        for index in sealed.ciphertext.indices {
            var bytes = sealed.ciphertext
            bytes[index] ^= 1 << UInt8(index % 8)
            let changed = SealedFields(dataKeyID: sealed.dataKeyID, ciphertext: bytes, construction: sealed.construction)
            #expect(changed.open(key: key, keyID: keyID, accountID: account) == nil)
        }
        for end in 0..<sealed.ciphertext.count {
            let cut = SealedFields(
                dataKeyID: sealed.dataKeyID, ciphertext: Array(sealed.ciphertext[..<end]), construction: sealed.construction)
            #expect(cut.open(key: key, keyID: keyID, accountID: account) == nil)
        }
    }

    @Test func theSameInputGivesTheSameBytes() throws {
        #expect(try sealed() == sealed())
    }

    @Test func nothingOfItStandsInTheClear() throws {
        let ciphertext = String(decoding: try sealed().ciphertext, as: UTF8.self)
        for text in ["Mews", "Ada", "laptop", "2001", "listings"] { #expect(!ciphertext.contains(text)) }
    }

    @Test func absentIsNotEmpty() throws {
        for fields in [PersonalFields(), PersonalFields(name: ""), PersonalFields(metadata: [:]), PersonalFields(path: "")] {
            let sealed = try sealed(fields)
            #expect(sealed.open(key: key, keyID: keyID, accountID: account) == fields)
        }
    }

    /// The encoder is written by hand; generated code, which knows the schema, would write the same bytes.
    @Test func encodesWhatGeneratedCodeEncodes() throws {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        try withSeed { random in
            func text() -> String? {
                guard random.chance(60) else { return nil }
                return String(
                    (0..<Int.random(in: 0...(random.chance(10) ? 300 : 12), using: &random)).map { _ in
                        "aé–🏨 \u{0}".randomElement(using: &random)!
                    })
            }
            func texts() -> [String] { (0..<Int.random(in: 0...5, using: &random)).map { _ in text() ?? "" } }
            for _ in 0..<1_000 {
                let metadata = random.chance(50) ? Dictionary(texts().map { ($0, text() ?? "") }, uniquingKeysWith: { $1 }) : nil
                let fields = PersonalFields(
                    name: text(), metadata: metadata, reason: text(), actorLabel: text(), clientAddress: text(), method: text(),
                    path: text(), ipAllowlist: random.chance(50) ? texts() : nil,
                    addresses: random.chance(50)
                        ? AddressCounts(
                            entries: (0..<Int.random(in: 1...9, using: &random)).map { _ in
                                .init(address: text(), count: UInt64.random(in: 0...5, using: &random))
                            }, others: UInt64.random(in: 0...3, using: &random)) : nil)
                var writer = WireWriter(reserving: 0)
                writer.personal(fields)
                let again: [UInt8] = try WirePersonal(serializedBytes: writer.bytes).serializedBytes(options: options)
                #expect(again == writer.bytes)
                let sealed = try sealed(fields)
                #expect(sealed.open(key: key, keyID: keyID, accountID: account) == fields)
            }
        }
    }

    @Test(arguments: [0, 11, 13, 16]) func aNonceHasTwelveBytes(_ count: Int) {
        #expect(throws: (any Error).self) {
            try sealed(nonce: [UInt8](repeating: 0, count: count))
        }
    }
}
