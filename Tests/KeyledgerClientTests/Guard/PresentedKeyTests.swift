import HTTPTypes
import KeyledgerClient
import Testing

@Suite("How a key is presented")
struct PresentedKeyTests {
    private static let apiKey = HTTPField.Name("X-API-Key")!
    private static let key = "lhql_live_" + String(repeating: "a", count: 49)

    @Test(
        "In one of two headers",
        arguments: [
            [.authorization: "Bearer secret"], [.authorization: "bearer  secret"], [apiKey: "secret"],
        ] as [HTTPFields])
    func accepted(_ headers: HTTPFields) async throws {
        let verifier = FakeVerifier(.valid(.acme))
        #expect(try await Guarded(verifier: verifier).call("/listings", headers).status == 200)
        #expect(verifier.asked.map { $0.key.reveal() } == ["secret"])
    }

    @Test(
        "Anything else is refused without asking",
        arguments: [
            [.authorization: "Basic c2VjcmV0"], [.authorization: "secret"], [.authorization: "Bearer"], [.authorization: "Bearer "],
            [.authorization: "Bearer a b"], [.authorization: "Bearer a, Bearer b"], [apiKey: ""], [apiKey: "a,b"],
            [.authorization: "Bearer a", apiKey: "b"],
            HTTPFields([HTTPField(name: .authorization, value: "Bearer a"), HTTPField(name: .authorization, value: "Bearer b")]),
            HTTPFields([HTTPField(name: apiKey, value: "a"), HTTPField(name: apiKey, value: "a")]),
        ] as [HTTPFields])
    func badHeader(_ headers: HTTPFields) async throws {
        let verifier = FakeVerifier(.valid(.acme))
        let answer = try await Guarded(verifier: verifier).call("/listings", headers)
        #expect(answer.status == 400 && answer["code"] == "BAD_HEADER")
        #expect(verifier.asked.isEmpty)
    }

    @Test(
        "Not in the address",
        arguments: [
            "api_key=x", "API_KEY=x", "access_token=x", "a=b&x-api-key=c", "key=" + key, "q=" + key, key, "q=x" + key + ";y",
            "q=" + key.replacing("_", with: "%5F"), "q=" + key.replacing("_", with: "%255f"), "url=https://a.example/" + key,
        ])
    func inQuery(_ query: String) async throws {
        let verifier = FakeVerifier(.valid(.acme))
        let answer = try await Guarded(verifier: verifier).call("/listings?" + query)
        #expect(answer.status == 400 && answer["code"] == "BAD_HEADER" && answer["detail"]?.contains("leaked") == true)
        #expect(verifier.asked.isEmpty && !answer.text.contains(Self.key))
    }

    @Test("Nor in its path, which is told to the ledger", arguments: ["/", "/a-", "/a%2F"])
    func inPath(_ before: String) async throws {
        let verifier = FakeVerifier(.valid(.acme))
        let answer = try await Guarded(verifier: verifier).call("/listings" + before + Self.key)
        #expect(answer.status == 400 && answer["code"] == "BAD_HEADER")
        #expect(verifier.asked.isEmpty && !answer.text.contains(Self.key))
    }

    @Test(
        "What only resembles one is none",
        arguments: ["img_v2_" + String(repeating: "9f86d081", count: 8), "a_b_c", "a__" + key.suffix(49), "%", "%5"])
    func harmlessTexts(_ text: String) { #expect(!APIKey.isHeld(in: text)) }

    @Test("A parameter that merely is called key is none of ours")
    func harmlessQuery() async throws {
        #expect(try await Guarded(verifier: FakeVerifier(.valid(.acme))).call("/listings?key=colour").status == 200)
    }

    @Test("None: 401 with a challenge that has no error")
    func missing() async throws {
        let verifier = FakeVerifier(.valid(.acme))
        let answer = try await Guarded(verifier: verifier).call("/listings", [:])
        #expect(answer.status == 401 && answer["code"] == "MISSING")
        #expect(answer.headers[.wwwAuthenticate] == #"Bearer realm="api""#)
        #expect(verifier.asked.isEmpty)
    }
}
