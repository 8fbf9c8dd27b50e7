import Bytes
import KeyEvents
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import LedgerAPI
@testable internal import LedgerQueries

@Suite struct RenderedKeyCacheTests {
    private struct Format: Equatable {
        let state: KeyState
        let name: String?
        let metadata: [String: String]

        init(_ view: DecryptedKey) { (state, name, metadata) = (view.state, view.name, view.metadata) }
    }

    /// Whatever is done to the keys, in whatever order they are asked about.
    @Test func areAlwaysThoseOfTheKeysAsTheyAre() async throws {
        var random = SplitMix64(seed: printedSeed())
        let home = TestHome(seed: random.next())
        try await home.withLedger { ledger in
            // A rendering is the place of what was shown.
            let made = Mutex<[Format]>([])
            let renderings = RenderedKeyCache(ledger) { view in
                made.withLock { made in
                    made.append(Format(view))
                    return Array(String(made.count - 1).utf8)
                }
            }
            func shown(_ key: KeyID) throws -> Format? {
                let place = try renderings.rendering(of: key).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
                return place.map { place in made.withLock { $0[place] } }
            }
            var keys: [KeyID] = []
            for account in [AccountID.hotel, .operator, .hotel] {
                keys.append(try await ledger.newKey("first", account: account, metadata: ["a": "b"]).id)
            }
            for step in 0..<200 {
                let key = random.pick(keys)
                switch Int.random(in: 0..<8, using: &random) {
                case 0 where step < 150: _ = try await ledger.commands.changeKey(key, KeyChange(name: "name \(step)"), by: .commandLine)
                case 1: _ = try await ledger.commands.disableKey(key, by: .commandLine)
                case 2: _ = try await ledger.commands.enableKey(key, by: .commandLine)
                default: break
                }
                if step == 150 { #expect(try ledger.vault.destroy(.hotel)) }
                let view = try #require(try ledger.key(key).map { ledger.keys.view($0) })
                #expect(try shown(key) == Format(view))
                #expect(step < 150 || view.name == nil || view.state.accountID == .operator)
            }
            let before = made.withLock { $0.count }
            for _ in 0..<50 { _ = try keys.map { try renderings.rendering(of: $0) } }
            #expect(made.withLock { $0.count } <= before + keys.count, "they are kept")
            #expect(try renderings.rendering(of: KeyID(Bytes16(high: 1, low: 2))) == nil)
        }
    }
}
