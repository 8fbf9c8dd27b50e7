import Crypto
import SwiftProtobuf
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

    private func sealed() throws -> SealedFields {
        try SealedFields.seal(
            fields, dataKeyID: Bytes16(high: 3, low: 4), key: key, nonce: nonce, keyID: keyID, accountID: account)
    }

    @Test func opensWithItsKeyOnly() throws {
        let sealed = try sealed()
        #expect(sealed.dataKeyID == Bytes16(high: 3, low: 4))
        #expect(sealed.ciphertext.starts(with: nonce))
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
            let changed = SealedFields(dataKeyID: sealed.dataKeyID, ciphertext: bytes)
            #expect(changed.open(key: key, keyID: keyID, accountID: account) == nil)
        }
        for end in 0..<sealed.ciphertext.count {
            let cut = SealedFields(dataKeyID: sealed.dataKeyID, ciphertext: Array(sealed.ciphertext[..<end]))
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
            let sealed = try SealedFields.seal(
                fields, dataKeyID: Bytes16(high: 0, low: 0), key: key, nonce: nonce, keyID: keyID, accountID: account)
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
                let sealed = try SealedFields.seal(
                    fields, dataKeyID: Bytes16(high: 3, low: 4), key: key, nonce: nonce, keyID: keyID, accountID: account)
                #expect(sealed.open(key: key, keyID: keyID, accountID: account) == fields)
            }
        }
    }

    @Test(arguments: [0, 11, 13, 16]) func aNonceHasTwelveBytes(_ count: Int) {
        #expect(throws: (any Error).self) {
            try SealedFields.seal(
                fields, dataKeyID: Bytes16(high: 0, low: 0), key: key, nonce: [UInt8](repeating: 0, count: count), keyID: keyID,
                accountID: account)
        }
    }
}
