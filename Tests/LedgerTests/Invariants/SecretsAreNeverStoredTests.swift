import Bytes
import Foundation
import Glibc
import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable import LedgerQueries

/// No secret, and nothing a secret can be derived from, is ever stored, logged, shown twice, put in a URL or an argument list.
/// Only its digest and a display hint.
@Suite struct SecretsAreNeverStoredTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(5))])
    func noByteOfTheFolderGivesTheSecretAway(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        var secrets: [String] = []
        var outputs: [String] = []
        try await home.withLedger(recording) { ledger in
            let (id, secret) = try await ledger.newKey("Mews", scopes: ["listings:*"], metadata: ["k": "v"])
            let other = try await ledger.newKey("Guesty", account: .hotel)
            secrets = [secret, other.secret]
            let mistyped = String(secret.dropLast()) + (secret.hasSuffix("0") ? "1" : "0")
            // In a query, where careless callers put it, and in what a caller asks.
            let context = UseContext(clientAddress: "192.0.2.7", method: "GET", path: "/listings?key=\(secret)")
            // A mark that joins the question mark into another character.
            let joined = UseContext(path: "/listings?\u{301}key=\(secret)")
            for text in [secret, mistyped, secret + "x", other.secret] {
                for context in [context, joined] {
                    let verdict = try await ledger.verifier.verify(
                        text, AccessCheck(scopes: ["listings:read"]), context: context, actor: .commandLine)
                    outputs += [verdict.message, String(describing: verdict)]
                }
            }
            _ = try ledger.verifier.authenticateCaller(secret)
            outputs.append(ledger.verifier.malformedMessage(mistyped) ?? "")
            outputs.append(ledger.verifier.malformedMessage("x" + secret) ?? "")
            _ = try await ledger.commands.changeKey(id, KeyChange(name: "Cloudbeds", scopes: ["a:read"]), by: .commandLine)
            _ = try await ledger.commands.revokeKey(id, reason: "lost", by: .commandLine)
            _ = try await ledger.verify(secret)
            try await ledger.settle()
            for listed in try ledger.keys.listKeys(for: .commandLine, limit: 10) { outputs.append(String(reflecting: listed)) }
            for entry in try ledger.log() { outputs += [String(reflecting: entry), entry.personal?.path ?? ""] }
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            Self.search(home, secrets, outputs)
        }
        // And what closing adds.
        Self.search(home, secrets, outputs + home.reports)
    }

    @Test func aSecretIsShownOnce() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let first = try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine, commandID: "c-1")
            #expect(first.secret != nil)
            let second = try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine, commandID: "c-1")
            #expect(second.secret == nil)
            #expect(second.outcome.isRepeat)
            let secret = try #require(first.secret)
            for text in ["\(secret)", String(reflecting: secret), String(describing: first)] {
                #expect(!text.contains(secret.reveal().suffix(12)))
            }
            var dumped = ""
            dump(first, to: &dumped)
            #expect(!dumped.contains(secret.reveal().suffix(12)))
        }
    }

    @Test func theHintIsNoMoreThanTheLastFourCharacters() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, secret) = try await ledger.newKey()
            let state = try #require(try ledger.key(id))
            #expect(state.hint == "lhql_live_…" + secret.dropLast(6).suffix(4))
        }
    }

    /// Looks for the secrets in every file and text, as they are and in the usual other spellings.
    private static func search(_ home: TestHome, _ secrets: [String], _ outputs: [String]) {
        #expect(secrets.count == 2)
        var places = home.files().map { (name: $0.path, content: Data($0.bytes)) }
        #expect(places.contains { $0.name == "ledger/data.mdb" } && places.contains { $0.name.hasPrefix("views/") })
        for text in outputs { places.append((name: "text", content: Data(text.utf8))) }
        // The search finds what is there: the digest is.
        let digest = Data(SecretFormat.digest(Array(secrets[0].utf8).span).bytes)
        #expect(places.contains { holds($0.content, digest) })
        for secret in secrets {
            for (form, pattern) in forms(of: secret) {
                let finds = places.filter { holds($0.content, pattern) }.map(\.name)
                if !finds.isEmpty { Issue.record("\(finds) hold a secret (\(form))") }
            }
        }
    }

    /// Returns whether a file contains a pattern. The search is the C library's, as the files are large and the forms are many.
    private static func holds(_ content: Data, _ pattern: Data) -> Bool {
        unsafe content.withUnsafeBytes { content in
            unsafe pattern.withUnsafeBytes { pattern in
                guard let wanted = pattern.baseAddress, var place = content.baseAddress else { return false }
                let end = unsafe place + content.count
                while let found = unsafe memchr(place, Int32(pattern[0]), end - place),
                    unsafe end - UnsafeRawPointer(found) >= pattern.count
                {
                    if unsafe memcmp(found, wanted, pattern.count) == 0 { return true }
                    unsafe place = UnsafeRawPointer(found) + 1
                }
                return false
            }
        }
    }

    private static func forms(of secret: String) -> [(String, Data)] {
        let tail = String(secret.suffix(49))
        let random = String(tail.prefix(43))
        var forms: [(String, Data)] = []
        for (name, text) in [
            ("whole", secret), ("random part and checksum", tail), ("random part", random), ("half of it", String(random.prefix(20))),
            ("the other half", String(random.suffix(20))),
        ] {
            let bytes = Array(text.utf8)
            let hex = bytes.map(\.hex).joined()
            forms.append((name, Data(bytes)))
            forms.append((name + ", hex", Data(hex.utf8)))
            forms.append((name + ", HEX", Data(hex.uppercased().utf8)))
            forms.append((name + ", reversed", Data(bytes.reversed())))
            forms.append((name + ", UTF-16", Data(bytes.flatMap { [$0, 0] })))
            // In base64 at each of the three alignments, without what depends on the neighbours.
            for skipped in 0..<3 {
                let whole = Data(bytes.dropFirst(skipped).prefix((bytes.count - skipped) / 3 * 3))
                let base64 = whole.base64EncodedString()
                forms.append((name + ", base64", Data(base64.utf8)))
                let url = base64.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
                forms.append((name + ", base64url", Data(url.utf8)))
            }
        }
        return forms
    }
}
