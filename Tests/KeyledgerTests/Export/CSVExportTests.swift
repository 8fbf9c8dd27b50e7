import Bytes
import Foundation
import KeyEvents
import Ledger
import LedgerAPI
import LedgerQueries
import TestSupport
import Testing

@testable import keyledger

/// A row of the CSV says all that the JSON of the same event says: parsed back it gives every field.
@Suite struct CSVExportTests {
    @Test func everyFieldComesBack() throws {
        var random = SplitMix64(seed: printedSeed())
        let export = CSVExport()
        for _ in 0..<2000 {
            let recorded = random.recorded()
            let rows = try Self.parse(export.head + export.text(recorded))
            #expect(rows.count == 2 && rows[0].map(\.self) == CSVExport.columns.map { Optional($0) })
            let cells = Dictionary(uniqueKeysWithValues: zip(CSVExport.columns, rows[1]))
            let text = try JSON.string(EventDocument(recorded))
            let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            for (column, value) in Self.flat(document) {
                #expect(cells[column] == .some(value), "\(column): \(text)")
            }
            for (name, object) in [("before", document["before"]), ("metadata", (document["personal"] as? [String: Any])?["metadata"])] {
                let cell = try (cells[name] ?? nil).map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary }
                #expect((cell ?? nil) == object as? NSDictionary)
            }
            let addresses = (document["personal"] as? [String: Any])?["addresses"]
            let cell = try (cells["addresses"] ?? nil).map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSArray }
            #expect((cell ?? nil) == addresses as? NSArray)
            #expect(cells["actor_id"] == .some(recorded.event.actor.id))
            #expect(cells["command_ordinal"] == .some(String(recorded.event.commandOrdinal)))
            if !recorded.event.correlationID.isEmpty { #expect(cells["correlation_id"] == .some(recorded.event.correlationID)) }
        }
    }

    @Test func aNameWithAnApostropheIsToldApart() throws {
        for (name, cell) in [("=1", "'=1"), ("'=1", "''=1"), ("'", "''"), ("", "'"), ("-", "'-"), ("plain", "plain")] {
            #expect(CSVRow.text([name]) == cell + "\r\n")
        }
        #expect(CSVRow.text([nil, "a"]) == ",a\r\n")
    }

    /// A quote and the mark behind it are one character, and two scalars.
    @Test func quotesAreDoubledWhateverFollowsThem() {
        let row = CSVRow.text(["x\"\u{301},=1+1,\"", "b"])
        #expect(Array(row.utf8) == Array("\"x\"\"\u{301},=1+1,\"\"\",b\r\n".utf8))
    }

    /// The document's fields by the columns that hold them.
    private static func flat(_ document: [String: Any]) -> [(String, String?)] {
        var all: [(String, String?)] = []
        for (name, value) in document {
            switch name {
            case "before": break
            case "actor": all.append(("actor_kind", (value as? [String: Any])?["kind"] as? String))
            case "personal":
                let fields = value as? [String: Any] ?? [:]
                for name in ["name", "ipAllowlist", "reason", "actorLabel", "clientAddress", "method", "path", "otherAddresses"] {
                    all.append((column(name), cell(fields[name] ?? NSNull(), column(name))))
                }
            default: all.append((column(name), cell(value, column(name))))
            }
        }
        return all
    }

    private static func column(_ name: String) -> String {
        switch name {
        case "scopesAsked": "scopes"
        case "environmentAsked": "environment"
        default: name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
        }
    }

    private static let flags: Set = ["internal", "sealed", "restricts_addresses", "older_retire_when_used", "extends_grace"]

    private static func cell(_ value: Any, _ column: String) -> String? {
        switch value {
        case is NSNull: nil
        case let text as String: text
        case let list as [String]: list.joined(separator: " ")
        case let flag as Bool where flags.contains(column): flag ? "true" : "false"
        default: "\(value)"
        }
    }

    /// RFC 4180, and the rule of the apostrophe: `nil` for an empty cell.
    private static func parse(_ text: String) -> [[String?]] {
        var (rows, row, cell, isQuoted) = ([[String?]](), [String?](), String.UnicodeScalarView(), false)
        func value() -> String? {
            let text = String(cell)
            cell = String.UnicodeScalarView()
            return text.isEmpty ? nil : text.unicodeScalars.first == "'" ? String(text.unicodeScalars.dropFirst()) : text
        }
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"" where isQuoted && scalars.first == "\"":
                scalars.removeFirst()
                cell.append("\"")
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: row.append(value())
            case "\r" where !isQuoted && scalars.first == "\n":
                scalars.removeFirst()
                row.append(value())
                rows.append(row)
                row = []
            default: cell.append(scalar)
            }
        }
        #expect(!isQuoted && row.isEmpty && cell.isEmpty)
        return rows
    }
}

/// Events that say anything at all.
extension SplitMix64 {
    private mutating func maybe<T>(_ value: (inout Self) -> T) -> T? { chance(50) ? value(&self) : nil }

    private mutating func text() -> String {
        let pieces = [
            "'", "\"", ",", "=", "+", "-", "@", "\r", "\n", "\r\n", "\t", " ", "a", "Z", "0", "＝", "ש", "語", "👩‍👩‍👧", "\\", ";", "e\u{301}",
        ]
        return (0..<Int.random(in: 0...5, using: &self)).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
    }

    private mutating func word() -> String { ["a:read", "*", "=x", "'x", "b:*", "-", "admin"].randomElement(using: &self) ?? "" }
    private mutating func words() -> [String] { (0..<Int.random(in: 0...3, using: &self)).map { _ in word() } }
    private mutating func time() -> Timestamp { Timestamp(microseconds: .random(in: 0...4_000_000_000_000_000, using: &self)) }
    private mutating func id() -> Bytes16 { Bytes16(high: next(), low: next()) }

    private mutating func secret() -> SecretRecord {
        SecretRecord(id: .random(in: 1...9, using: &self), digest: Digest32([UInt8](repeating: 7, count: 32))!, hint: text())
    }

    private mutating func use() -> Event.Use {
        Event.Use(
            count: next() >> 1, secretID: .random(in: 0...9, using: &self), scopesAsked: words(), environmentAsked: maybe { $0.text() },
            decidedAtPosition: next() >> 1, decidedAt: time(), firstAt: maybe { $0.time() }, isInternal: chance(50),
            permissionAsked: maybe { $0.text() })
    }

    private mutating func permissions() -> [Permission] { Permission.allCases.filter { _ in chance(40) } }

    private mutating func body() -> Event.Body {
        switch Int.random(in: 0...15, using: &self) {
        case 0:
            .created(
                .init(
                    environment: text(), secret: secret(), scopes: words(), permissions: permissions(), expiresAt: maybe { $0.time() },
                    restrictsAddresses: chance(50)))
        case 1: .used(use())
        case 2: .refused(use(), RefusalCode.allCases.randomElement(using: &self) ?? .revoked)
        case 3: .revoked(reasonCode: text())
        case 4: .expired
        case 5:
            .changed(
                .init(
                    scopes: maybe { $0.words() }, permissions: maybe { $0.permissions() },
                    expiry: maybe { random in random.maybe { .at($0.time()) } ?? .never }, replacesName: chance(50),
                    replacesMetadata: chance(50),
                    restrictsAddresses: maybe { $0.chance(50) }))
        case 6: chance(50) ? .disabled : .enabled
        case 7:
            .secretAdded(
                secret(), olderRetire: SecretRetirement(at: maybe { $0.time() }, whenNewerIsUsed: chance(50)),
                extendsGrace: maybe { $0.chance(50) })
        case 8: .secretRetired(secretID: .random(in: 1...9, using: &self))
        case 9: .logForked(LogFork(leftLogID: id(), leftCheckpoint: text(), logID: id(), abandonedLogIDs: chance(50) ? [id(), id()] : []))
        case 10: .clockConfirmed(ClockConfirmation(clock: time(), expected: time()))
        case 11: .logRead(LogReading(what: text(), account: maybe { _ in .operator }))
        case 12:
            .logKeyChanged(
                LogKeyChange(
                    oldOrigin: text(), oldVerifierKey: text(), newOrigin: text(), newVerifierKey: text(),
                    signature: (0..<Int.random(in: 0...64, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }))
        case 13:
            .accountErased(AccountErasure(dataKeyID: maybe { $0.id() }, localUserID: maybe { UInt32.random(in: 0 ... .max, using: &$0) }))
        case 14:
            .accountChanged(
                AccountChange(
                    AccountRules(keyLimit: maybe { UInt64.random(in: 0...9, using: &$0) }, grantable: maybe { _ in ["a:b", "c"] }),
                    localUserID: maybe { UInt32.random(in: 0 ... .max, using: &$0) }))
        default: .unknown(field: 99)
        }
    }

    private mutating func personal() -> PersonalFields {
        PersonalFields(
            name: maybe { $0.text() }, metadata: maybe { random in [random.text(): random.text()] }, reason: maybe { $0.text() },
            actorLabel: maybe { $0.text() }, clientAddress: maybe { $0.text() }, method: maybe { $0.text() }, path: maybe { $0.text() },
            ipAllowlist: maybe { $0.words() },
            addresses: maybe { random in
                AddressCounts(
                    entries: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                        .init(address: random.maybe { $0.text() }, count: random.next() >> 1)
                    }, others: random.next() >> 1)
            })
    }

    fileprivate mutating func recorded() -> RecordedEvent {
        let event = Event(
            keyID: KeyID(id()), accountID: AccountID("acme")!, recordedAt: time(), occurredAt: maybe { $0.time() },
            actor: Actor(kind: chance(50) ? .key : .account, id: text()), commandID: text(),
            commandOrdinal: .random(in: 0...9, using: &self),
            correlationID: text(), body: body())
        return RecordedEvent(position: next() >> 1, event: event, personal: maybe { $0.personal() })
    }
}
