import Bytes
import Foundation
import TestSupport
import Testing

@testable import KeyEvents

/// The expected values in the vectors were made by other code (Python's zlib and hashlib).
private struct Vectors: Decodable {
    struct Vector: Decodable, CustomTestStringConvertible {
        let note, prefix, environment, randomHex, secret, hint, sha256: String
        var testDescription: String { note }
    }
    struct Case: Decodable, CustomTestStringConvertible {
        let note, text: String
        let problem: String?
        var testDescription: String { note }
    }
    struct Checksum: Decodable { let text, crc32: String }

    let vectors: [Vector]
    let cases: [Case]
    let crc32: [Checksum]

    static let all: Vectors = {
        do {
            return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: Repository.file("Schemas/key-format-vectors.json")))
        } catch {
            fatalError("key-format-vectors.json: \(error)")
        }
    }()
}

@Suite struct SecretFormatTests {
    @Test(arguments: Vectors.all.vectors) private func makes(_ vector: Vectors.Vector) throws {
        let format = try #require(SecretFormat(prefix: vector.prefix))
        let source = ByteSource(hex: vector.randomHex)
        let secret = format.make(environment: vector.environment) { source.next() }
        #expect(secret.reveal() == vector.secret)
        #expect(source.isAtEnd)
        #expect(SecretFormat.hint(of: secret) == vector.hint)
        let bytes = Array(vector.secret.utf8)
        #expect(SecretFormat.digest(bytes).hex == vector.sha256)
        #expect(SecretFormat.isWellFormed(bytes))
        #expect(SecretFormat.isWellFormed(bytes, vector.prefix))
        #expect(!SecretFormat.isWellFormed(bytes, "other"))
        #expect(SecretFormat.diagnose(vector.secret, prefix: vector.prefix) == nil)
    }

    @Test(arguments: Vectors.all.cases) private func diagnoses(_ example: Vectors.Case) {
        let problem = SecretFormat.diagnose(example.text, prefix: "lhql")
        #expect(problem?.name == example.problem)
        #expect(SecretFormat.isWellFormed(Array(example.text.utf8), "lhql") == (example.problem == nil))
        if let problem, example.text.count > 12 { #expect(!problem.message.contains(example.text.suffix(12))) }
    }

    @Test(arguments: Vectors.all.crc32) private func checksums(_ vector: Vectors.Checksum) {
        let bytes = Array(vector.text.utf8)
        #expect(CRC32.checksum(bytes, 0..<bytes.count) == UInt32(vector.crc32, radix: 16))
    }

    @Test func everyChangedCharacterIsCaught() throws {
        let format = try #require(SecretFormat(prefix: "lhql"))
        withSeed { random in
            let secret = random.secret(format)
            let bytes = Array(secret.reveal().utf8)
            for index in bytes.indices {
                for byte in UInt8.min...UInt8.max where byte != bytes[index] {
                    var changed = bytes
                    changed[index] = byte
                    #expect(!SecretFormat.isWellFormed(changed))
                }
            }
        }
    }

    @Test func everyTruncationInsertionAndSwapIsCaught() throws {
        let format = try #require(SecretFormat(prefix: "lhql"))
        withSeed { random in
            for _ in 0..<15 {
                let bytes = Array(random.secret(format).reveal().utf8)
                for end in 0..<bytes.count {
                    #expect(!SecretFormat.isWellFormed(Array(bytes[..<end])))
                    #expect(!SecretFormat.isWellFormed(Array(bytes[(end + 1)...]), "lhql"))
                    var longer = bytes
                    longer.insert(random.pick(Base62.alphabet), at: end)
                    #expect(!SecretFormat.isWellFormed(longer))
                    guard end + 1 < bytes.count, bytes[end] != bytes[end + 1] else { continue }
                    var swapped = bytes
                    swapped.swapAt(end, end + 1)
                    #expect(!SecretFormat.isWellFormed(swapped))
                }
            }
        }
    }

    @Test func whatIsMadeIsWellFormed() throws {
        try withSeed { random in
            for _ in 0..<500 {
                let prefix = random.name()
                let environment = random.name()
                let format = try #require(SecretFormat(prefix: prefix))
                let secret = random.secret(format, environment: environment)
                #expect(SecretFormat.isWellFormed(Array(secret.reveal().utf8), prefix))
                #expect(SecretFormat.hint(of: secret).hasPrefix("\(prefix)_\(environment)_…"))
            }
        }
    }

    /// Over many draws each of the 62 characters comes equally often (within 10 %, some six standard deviations; the seed is fixed).
    @Test func theRandomPartIsUnbiased() throws {
        let format = try #require(SecretFormat(prefix: "lhql"))
        var counts: [Character: Int] = [:]
        var random = SplitMix64(seed: 5)
        for _ in 0..<5_000 {
            for character in random.secret(format).reveal().dropFirst(10).prefix(43) { counts[character, default: 0] += 1 }
        }
        let expected = 5_000 * 43 / 62
        #expect(counts.count == 62)
        #expect(counts.values.allSatisfy { abs($0 - expected) < expected / 10 })
    }

    @Test func neverTraps() {
        withSeed { random in
            let letters = Array("a_0Z_lhql_-".utf8)
            for _ in 0..<5_000 {
                let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in random.pick(letters) }
                #expect(!SecretFormat.isWellFormed(bytes, random.chance(50) ? nil : "lhql"))
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(SecretFormat.diagnose(text, prefix: "lhql") != nil)
                _ = SecretFormat.hint(of: Secret(text))
            }
        }
    }

    @Test(arguments: ["", "Lhql", "1a", "a_b", "a-b", "abcdefghijklmnopq", "é"]) func rejectsPrefix(_ prefix: String) {
        #expect(SecretFormat(prefix: prefix) == nil)
    }

    @Test func aHintOfAnotherShapeShowsNothing() {
        for text in ["", "hunter2", "sk_live_abcdefgh", String(repeating: "a", count: 60)] {
            #expect(SecretFormat.hint(of: Secret(text)) == "…")
        }
    }
}

private final class ByteSource {
    private var bytes: [UInt8]
    init(hex: String) {
        bytes = stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }.reversed()
    }
    var isAtEnd: Bool { bytes.isEmpty }
    func next() -> UInt8 { bytes.removeLast() }
}

extension SplitMix64 {
    fileprivate mutating func secret(_ format: SecretFormat, environment: String = "live") -> Secret {
        var copy = self
        defer { self = copy }
        return format.make(environment: environment) { UInt8.random(in: 0...255, using: &copy) }
    }

    fileprivate mutating func name() -> String {
        let letters = Array("abcxyz").map(String.init)
        return pick(letters) + (0..<Int.random(in: 0...15, using: &self)).map { _ in pick(letters + ["0", "9"]) }.joined()
    }
}

extension SecretProblem {
    /// The case's name, as the vectors have it.
    fileprivate var name: String {
        switch self {
        case .empty: "empty"
        case .surroundingWhitespace: "surroundingWhitespace"
        case .surroundingQuotes: "surroundingQuotes"
        case .abbreviated: "abbreviated"
        case .wrongPrefix: "wrongPrefix"
        case .badCharacter: "badCharacter"
        case .wrongShape: "wrongShape"
        case .tooShort: "tooShort"
        case .tooLong: "tooLong"
        case .checksumMismatch: "checksumMismatch"
        }
    }
}
