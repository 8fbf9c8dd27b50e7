import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import Testing

@testable import Dashboard

/// What is done on the page says who did it and from where.
@Suite("Addresses of visitors")
struct AddressesTests {
    private static let from: HTTPFields = [.init("X-Forwarded-For")!: "198.51.100.9, 203.0.113.5"]

    @Test("A change says the person and the client's address")
    func changes() async throws {
        try await Site.run(over: .live) { site in
            let key = try await site.key("mews")
            let operators = try await site.key("boss", account: "operator", permissions: [.admin])
            let path = Dashboard.base + "/keys/\(key.id)"
            for browser in [
                try site.visitor("acme"), try site.signedIn(.key(operators.id, secret: 1)), try site.signedIn(.link),
            ] {
                #expect(try await browser.post(path + "/disable", [], headers: Self.from).status == 303)
                #expect(try await browser.post(path + "/enable", [], headers: Self.from).status == 303)
            }
            var found: [String] = []
            try site.ledger.events.events(of: key.id, from: 1, limit: .max) { _, event, personal in
                guard event.body.isLifecycle else { return }
                found.append("\(event.actor.kind.rawValue) \(personal?.actorLabel ?? "-") \(personal?.clientAddress ?? "-")")
            }
            #expect(
                found == ["account anna", "account anna", "key -", "key -", "operator -", "operator -"].map { $0 + " 203.0.113.5" },
                "\(found)")
        }
    }

    @Test("An operator's look at others' keys is on record, a person's at their own is not")
    func readings() async throws {
        try await Site.run(over: .live) { site in
            let key = try await site.key("mews")
            // The operator's data key is made, so that the reader's name is sealed with it.
            _ = try await site.key("boss", account: "operator")
            let visitor = try site.visitor("acme")
            for path in [Dashboard.base, Dashboard.base + "/keys/\(key.id)"] {
                #expect(try await visitor.get(path, headers: Self.from).status == 200)
            }
            let operators = try site.signedIn(.link)
            for _ in 0..<3 { #expect(try await operators.get(Dashboard.base, headers: Self.from).status == 200) }
            func readings() throws -> [String] {
                var found: [String] = []
                try site.ledger.events.events(from: 0, limit: .max) { _, event, personal in
                    guard case .logRead(let reading) = event.body else { return }
                    found.append(
                        "\(reading.what) \(reading.account?.description ?? "-") \(event.actor.id) \(personal?.clientAddress ?? "-")")
                }
                return found
            }
            for _ in 0..<2000 where try readings().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try readings() == ["keys acme dashboard 203.0.113.5"])
        }
    }
}
