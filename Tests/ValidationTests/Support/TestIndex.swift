import Bytes
import Foundation
import KeyEvents
import Projections
import Storage
import Validation

/// A validation index in a folder of the test's own, filled with events as they come.
final class TestIndex {
    static let account = AccountID(trusted: "hotel")
    static let now = Timestamp(seconds: 1_800_000_000)

    let path: String
    let environment: Environment
    let validator: Validator
    private let tables: StateTables
    private var position: UInt64 = 0

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/keyledger-validation-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        environment = try Environment(
            path: path, tables: ["records", "tree", "commands", "command-times", "meta"] + StateTables.names,
            options: .init(mapSize: 1 << 22))
        tables = StateTables(environment)
        validator = Validator(environment, prefix: "lhql", decryptor: Allowlists())
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A key and its secret, which follows from `seed`.
    func makeKey(
        _ seed: UInt8, environment: String = "live", scopes: [String] = [], permissions: [Permission] = [], expiresAt: Timestamp? = nil
    ) throws -> (id: KeyID, secret: String) {
        let secret = Self.secret(seed, environment)
        let id = KeyID(Bytes16(high: 1, low: UInt64(seed)))
        let record = SecretRecord(id: 1, digest: SecretFormat.digest(Array(secret.utf8).span), hint: "…")
        let created = Event.Created(
            environment: environment, secret: record, scopes: scopes, permissions: permissions, expiresAt: expiresAt)
        try apply(.created(created), to: id)
        return (id, secret)
    }

    /// Stores a record, so that the log has a position, and derives the state from it.
    func apply(_ body: Event.Body, to id: KeyID) throws {
        let event = Event(keyID: id, accountID: Self.account, recordedAt: Self.now, actor: .commandLine, body: body)
        let position = self.position
        try environment.write { transaction in
            try transaction.put(position, [0 as UInt8].span, in: environment.table("records"))
            if event.body.isLifecycle { try StateStore(tables.current(transaction)).apply(event, at: position, &transaction) }
        }
        self.position += 1
    }

    func verdict(on secret: String, _ accessCheck: AccessCheck = AccessCheck(), at now: Timestamp = TestIndex.now) throws -> Verdict {
        try validator.verdict(on: secret.utf8.span, accessCheck, at: now)
    }

    static func secret(_ seed: UInt8, _ environment: String = "live") -> String {
        guard let format = SecretFormat(prefix: "lhql") else { preconditionFailure("the prefix is good") }
        var number = UInt64(seed) &+ 1
        let random: () -> UInt8 = {
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: number >> 56)
        }
        return format.make(environment: environment, random: random).reveal()
    }
}

/// Opens what stands for an allowlist: the ciphertext is its text, with commas.
struct Allowlists: PersonalFieldsDecryptor {
    static func seal(_ networks: [String]) -> SealedFields {
        SealedFields(dataKeyID: Bytes16(high: 0, low: 1), ciphertext: Array(networks.joined(separator: ",").utf8))
    }

    func open(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) -> PersonalFields? {
        guard sealed.dataKeyID.low == 1 else { return nil }
        return PersonalFields(ipAllowlist: String(decoding: sealed.ciphertext, as: UTF8.self).split(separator: ",").map(String.init))
    }
}
