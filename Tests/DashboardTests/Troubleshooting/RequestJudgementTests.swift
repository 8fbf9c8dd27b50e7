import KeyEvents
import TestSupport
import Testing

@testable import Dashboard

/// Pasted requests are read as they were meant, and judged as the service judges them.
@Suite struct RequestJudgementTests {
    private static let codes = RefusalHelp.all.map(\.code)

    private static func read(_ text: String) -> (request: PastedRequest, judgement: RequestJudgement) {
        let request = PastedText(text, prefix: "lhql").requests(codes: codes)[0]
        return (request, RequestJudgement(request, prefix: "lhql"))
    }

    /// All that is said about a text.
    private static func said(_ text: String) -> String {
        let (request, judgement) = read(text)
        let cause =
            switch judgement.header {
            case .sent: "sent"
            case .faulty(let cause, _): cause
            case .assigned: "sent through a variable"
            case .unseen(let cause, _), .alone(let cause, _): cause
            }
        return [cause, judgement.key?.problem, request.answer?.code].compactMap(\.self).joined(separator: " | ")
    }

    @Test(arguments: PastedRequests.right + PastedPrograms.right)
    func rightRequestsAreRight(_ text: String) {
        let (_, judgement) = Self.read(PastedRequests.filled(text))
        #expect(judgement.header == .sent(PastedRequests.key(seed: 1)), "\(Self.said(PastedRequests.filled(text)))")
    }

    @Test(arguments: PastedRequests.wrong + PastedPrograms.wrong)
    func wrongRequestsAreNamedByTheirCause(_ text: String, _ words: String) {
        let said = Self.said(PastedRequests.filled(text))
        #expect(said.contains(words), "\(said)")
        #expect(!said.hasPrefix("sent") || said.contains("|"), "it is called right")
        for key in PastedRequests.keys.values { #expect(!said.contains(key.dropFirst(12).prefix(12)), "it shows the key") }
    }

    @Test(arguments: [
        "export KEY=‹S›\ncurl -H \"X-API-Key: $KEY\" https://x.example",
        "A_KEY=‹S›\nB_KEY=‹T›\ncurl -H \"Authorization: Bearer $A_KEY\" https://x.example",
        "API_KEY = \"‹S›\"\nrequests.get(u, headers={\"Authorization\": f\"Bearer {API_KEY}\"})",
        "const k = \"‹S›\";\nfetch(u, { headers: { Authorization: \"Bearer \" + k } })",
        "const k=\"‹S›\"\nfetch(u, { headers: { \"X-API-Key\": k } })",
    ])
    func keysAreFoundThroughTheirVariables(_ text: String) {
        let (_, judgement) = Self.read(PastedRequests.filled(text))
        #expect(judgement.header == .assigned(PastedRequests.key(seed: 1)), "\(judgement.key?.problem ?? "")")
    }

    @Test(arguments: [
        ("curl -T a.json https://x.example/v1", "PUT"), ("irm https://x.example -Method 'Post'", "POST"),
        ("irm @{ Method = 'PATCH'; Uri = 'https://x.example' }", "PATCH"), ("httpx.request(\"DELETE\", url)", "DELETE"),
        ("$client->request('POST', '/v1/listings');", "POST"), ("$client->put('/v1/listings/1', []);", "PUT"),
        ("http.NewRequestWithContext(ctx, \"PATCH\", url, nil)", "PATCH"), ("fetch('https://x.example/v1')", "GET"),
        ("curl_setopt($c, CURLOPT_POST, true);", "POST"), ("[CURLOPT_CUSTOMREQUEST => 'PATCH', CURLOPT_POST => 1]", "PATCH"),
        ("$c = curl_init($u);\ncurl_setopt($c, CURLOPT_POSTFIELDS, $b);", "POST"), ("$c = curl_init($u);\ncurl_exec($c);", "GET"),
        ("urllib.request.Request(url, data=json.dumps(d).encode(), headers={})", "POST"), ("requests.get(url, data=d)", "GET"),
        ("data = load()\nurllib.request.Request(url, headers={})", "GET"),
        ("stream_context_create(['http' => ['method' => 'PUT']]);", "PUT"), ("new HttpRequestMessage(HttpMethod.Put, url)", "PUT"),
        ("await client.DeleteAsync(url);", "DELETE"), ("con.setRequestMethod(\"PUT\");", "PUT"),
        ("request.httpMethod = \"PATCH\"", "PATCH"), ("new RestRequest(\"/v1/listings\", Method.Post);", "POST"),
        ("new RestRequest(url, Method.PUT);", "PUT"), ("HTTP::Request->new(POST => 'https://x.example')", "POST"),
        ("http.Open \"POST\", \"https://x.example/v1\", False", "POST"), ("URL\thttps://x.example/v1\nMethod\tPATCH", "PATCH"),
        ("http https://x.example/v1 title=Flat X-API-Key:x", "POST"), ("http https://x.example/v1 limit==5 X-API-Key:x", "GET"),
        ("conn = http.client.HTTPSConnection(\"x.example\")\nconn.request(\"POST\", \"/v1/listings\", body, headers)", "POST"),
        ("https.request({ hostname: 'x.example', path: '/v1/listings', method: 'POST' })", "POST"),
        (
            "{\"item\":[{\"request\":{\"method\":\"POST\",\"auth\":{\"type\":\"bearer\",\"bearer\":[{\"key\":\"token\",\"value\":\"x\"}]}}}]}",
            "POST"
        ),
    ])
    func methodsAreRead(_ text: String, _ method: String) {
        #expect(Self.read(text).request.method == method)
    }

    /// What is said of each request of a text: `+` where the service finds a key, `-` where it does not, `?` where that cannot be seen.
    private static func marks(_ text: String) -> String {
        PastedText(text, prefix: "lhql").requests(codes: codes).map { request in
            switch RequestJudgement(request, prefix: "lhql").header {
            case .sent, .assigned: "+"
            case .faulty: "-"
            case .unseen, .alone: "?"
            }
        }.joined()
    }

    @Test(arguments: [
        ("curl -H 'X-API-Key: ‹S›' https://x.example/v1", "+"), ("X-API-Key: ‹S›\nAccept: */*", "+"),
        ("curl -H 'X-API-Key: ‹S›' https://x.example/v1\necho a\ncurl https://x.example/v2\ncurl -H 'X-API-Key ‹T›' :1/v3", "+--"),
        ("GET /v1 HTTP/1.1\nHost: x\n\nGET /v1 HTTP/1.1\nX-API-Key: ‹S›\n\nGET /v1/2 HTTP/1.1\nX-API-Key: ‹S›\n", "-++"),
        ("> GET /v1 HTTP/1.1\n> X-API-Key: ‹S›\n>\n< HTTP/1.1 301 M\n<\n> GET /v2 HTTP/1.1\n> X-API-Key: ‹S›\n>\n< HTTP/1.1 200 OK", "++"),
        (
            "requests.get('https://x.example/1', headers={'X-API-Key': '‹S›'})\nrequests.get('https://x.example/2', headers={'X-API-Key': '‹T›'})",
            "++"
        ),
        ("h = {'X-API-Key': '‹S›'}\nrequests.get(url, headers=h)\nrequests.post(url, h)\nrequests.put(url, json=a, headers=h)", "+-+"),
        ("requests.get('https://x.example/1', headers={'X-API-Key': '‹S›'})\nrequests.get('https://x.example/2')", "+-"),
        ("const c = { headers: { 'X-API-Key': '‹S›' } };\naxios.get(url, c);\naxios.delete(url, c);\naxios.post(url, c);", "++-"),
        (
            "s = requests.Session()\ns.headers.update({'X-API-Key': '‹S›'})\ns.get('https://x.example/1')\ns.get('https://x.example/2')",
            "++"
        ),
        ("$h = @{ 'X-API-Key' = '‹S›' }\nirm https://x.example/1 -Headers $h\nirm https://x.example/2 -Headers \"X-API-Key: ‹S›\"", "+-"),
        (
            "req, _ := http.NewRequest(\"GET\", \"https://x.example/1\", nil)\nreq.Header.Set(\"X-API-Key\", \"‹S›\")\n"
                + "req, _ = http.NewRequest(\"GET\", \"https://x.example/2\", nil)\nreq.Header.Set(\"X-API-Key:\", \"‹S›\")", "+-"
        ),
        (
            "1.2.3.4 - - [30/Nov/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 401 1 \"-\" \"c\" \"Bearer ‹S›\"\n"
                + "1.2.3.4 - - [30/Nov/2026:10:00:01 +0000] \"GET /b HTTP/1.1\" 200 1 \"-\" \"c\" \"-\"", "+"
        ),
    ])
    func eachRequestIsJudged(_ text: String, _ marks: String) {
        #expect(Self.marks(PastedRequests.filled(text)) == marks)
    }

    @Test(arguments: [
        ("‹S›", true), ("LHQL_API_KEY=‹S›", true), ("const key = \"‹S›\"", true), ("my key is ‹S› and it fails", true), ("‹S 0 40›", true),
        ("Bearer ‹S›", false), ("My-Header: ‹S›", false), ("curl https://x.example ‹S›", false),
    ])
    func aKeyAloneIsNoRequest(_ text: String, _ isAlone: Bool) {
        let (_, judgement) = Self.read(PastedRequests.filled(text))
        let isFound = if case .alone = judgement.header { true } else { false }
        #expect(isFound == isAlone, "\(judgement.key?.problem ?? "")")
    }

    @Test(arguments: [
        ("PS C:\\> curl -H \"X-API-Key: ‹S›\" https://x.example", 1), ("PS C:\\> curl.exe -H \"X-API-Key: ‹S›\" https://x.example", 0),
        ("$ curl -H \"X-API-Key: ‹S›\" https://x.example", 0), ("set KEY=\"‹S›\"\ncurl -H \"X-API-Key: %KEY%\" https://x.example", 1),
        ("set \"KEY=‹S›\"\ncurl -H \"X-API-Key: %KEY%\" https://x.example", 0),
        ("set KEY=‹S›\ncurl -H \"X-API-Key: %KEY%\" https://x.example", 0),
    ])
    func circumstancesOfShellsAreSaid(_ text: String, _ count: Int) {
        let (_, judgement) = Self.read(PastedRequests.filled(text))
        let isRight =
            switch judgement.header {
            case .sent, .assigned: true
            case .faulty, .unseen, .alone: false
            }
        #expect(isRight && judgement.caveats.count == count, "\(Self.said(PastedRequests.filled(text)))")
    }

    @Test(arguments: [
        ("curl: (6) Could not resolve host", CallOutcome.connection(6)), ("curl: (22) The requested URL returned error: 403", .status(403)),
        ("connect ECONNREFUSED 127.0.0.1:8080", .connection(7)), ("blocked by CORS policy", .crossOrigin),
        ("503 Service Unavailable", .status(503)),
        ("Request failed with status code 401", .status(401)), ("{\"data\":[]}", .list),
    ])
    func outcomesAreRead(_ text: String, _ outcome: CallOutcome) {
        #expect(CallOutcome.read(Array(text.utf8)) == outcome)
        #expect(CallOutcome.read(Array("< access-control-allow-origin: *\nApartment 412, 450 EUR".utf8)) == nil)
    }

    @Test(
        arguments: [
            ("https://api.leadhql.com/v1/listings?limit=1", nil), ("https://api.leadhql.com:443/v1/listings/7", nil),
            ("https://api.leadhql.org/v1/listings", "another host"), ("http://api.leadhql.com/v1/listings", "not encrypted"),
            ("https://api.leadhql.com:8443/v1/listings", "another port"), ("https://api.leadhql.com/listings", "another path"),
            ("https://api.leadhql.com/v1/listings/", "slash at its end"), ("https://$HOST/listings", nil),
        ] as [(String, String?)])
    func addressesAreComparedWithTheKnownOne(_ address: String, _ words: String?) {
        let said = TargetAddress.difference(of: [address], from: "https://api.leadhql.com/v1/listings?limit=2", mayBeBase: false)
        #expect((said == nil) == (words == nil) && said?.contains(words ?? "") ?? true, "\(said ?? "nothing")")
        #expect(TargetAddress.difference(of: ["https://api.leadhql.com"], from: "https://api.leadhql.com/v1", mayBeBase: true) == nil)
    }

    /// The same request, in a text around it that changes nothing, is read the same.
    @Test func aRequestIsFoundInAnyText() {
        withSeed { random in Self.findsRequests(&random) }
    }

    private static func findsRequests(_ random: inout SplitMix64) {
        let before = ["", "Hello,\n\nthis fails:\n", "2026-11-30 10:00:00 INFO start\n", "```\n", "\n\n\n", "{}\n", "Subject: help\n\n"]
        let after = ["", "\n", "\n\nThanks\n", "\n```\n", "\n\nIt says 401.", "\r\n"]
        let names = ["Authorization", "authorization", "AUTHORIZATION", "X-API-Key", "x-api-key"]
        for round in 0..<400 {
            let key = PastedRequests.key(seed: random.next())
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            let value = (name.first == "x" || name.first == "X" ? "" : "Bearer ") + key
            let forms = [
                "\(name): \(value)", "curl -H '\(name): \(value)' https://api.leadhql.com/v1/listings",
                "curl https://api.leadhql.com/v1/listings -H \"Accept: */*\" -H \"\(name): \(value)\"",
                "curl -sv \\\n  --header '\(name): \(value)' \\\n  'https://api.leadhql.com/v1/listings'",
                "wget --header=\"\(name): \(value)\" https://api.leadhql.com/v1", "> \(name): \(value)",
                "fetch(u, { headers: { \"\(name)\": \"\(value)\" } })", "requests.get(u, headers={'\(name)': '\(value)'})",
                "{\"headers\": {\"\(name)\": \"\(value)\"}}", "{\"name\": \"\(name)\", \"value\": \"\(value)\"}",
                "GET /v1/listings HTTP/1.1\nHost: x\n\(name): \(value)\n",
            ]
            let form = Int.random(in: 0..<forms.count, using: &random)
            let text =
                before[Int.random(in: 0..<before.count, using: &random)] + forms[form]
                + after[Int.random(in: 0..<after.count, using: &random)]
            let (_, judgement) = read(text)
            #expect(judgement.header == .sent(key), "round \(round), form \(form): \(Self.said(text)): \(text.prefix(40))")
        }
    }

    /// Any bytes are read without a trap, and no text takes long.
    @Test func anyTextIsReadSoon() {
        withSeed { random in Self.readsPieces(&random) }
        for piece in Self.pieces + ["a", "a ", "key=\"", "token: x ", "curl curl ", "http/", "lhql_", "[{", "x-api-key: ", "lhql_live_a\n"]
        {
            let text = String(repeating: piece, count: 100_000 / piece.utf8.count)
            let start = ThreadTime.now()
            _ = Self.said(text)
            let time = ThreadTime.now() - start
            // A program without optimisation takes many times as long.
            #expect(time < .seconds(10), "100 kB of “\(piece.prefix(12))”: \(time)")
        }
    }

    private static let pieces = [
        "curl ", "-H ", "'", "\"", "\\", "\n", "Authorization", ": ", "Bearer ", "lhql_live_", "=", "{", "}", "(", "[", "http://",
        "?api_key=",
        "$", "%", "“", "\u{200B}", "\u{0}", "http/1.1 ", "GET / HTTP/1.1", "> ", "< ", "x-api-key", ",", "key_", "basic ", "/v1?",
        "\"name\":",
        PastedRequests.key(seed: 9), "\\r\\n", "^", "`", "#", "token:", "'key' => ", "urn:keyledger:problem:",
    ]
    private static func readsPieces(_ random: inout SplitMix64) {
        for _ in 0..<600 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<60, using: &random) { text += pieces[Int.random(in: 0..<pieces.count, using: &random)] }
            _ = Self.said(text)
            let bytes = (0..<Int.random(in: 0..<300, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            _ = Self.said(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test(arguments: ["Authorization", "x-api-key", "My-Header"])
    func onlyHarmlessNamesAreShown(_ name: String) {
        #expect(HeaderName.shown(name) == name)
        #expect(HeaderName.shown(PastedRequests.key(seed: 1)) == nil)
        #expect(HeaderName.shown("sk_live_51H8abcdef") == nil)
        #expect(HeaderName.shown(name + "-" + String(repeating: "a", count: 20)) == nil)
    }
}
