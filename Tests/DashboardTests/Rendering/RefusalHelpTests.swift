import Foundation
import KeyEvents
import TestSupport
import Testing

@testable import Dashboard

/// Every code with which the listings API answers is explained, with its status. That API's own tests hold its description against what
/// it answers.
@Suite struct RefusalHelpTests {
    /// The codes in the description, each with its status.
    private static func described() throws -> [String: Int] {
        let text = try String(contentsOf: Repository.file("Schemas/listings-openapi.yaml"), encoding: .utf8)
        let codes = text.matches(of: /\n +([A-Z_]+): '(\d{3}):/).compactMap { match in Int(match.2).map { (String(match.1), $0) } }
        return Dictionary(codes) { $1 }
    }

    @Test func everyCodeOfTheListingsAPIIsExplained() throws {
        let described = try Self.described()
        #expect(described.count > 20 && described["PRECONDITION_REQUIRED"] == 428)
        for (code, status) in described { #expect(RefusalHelp.of(code)?.status == status, "\(code)") }
        for help in RefusalHelp.ofCalls { #expect(described[help.code] == help.status, "\(help.code)") }
        #expect(Set(RefusalHelp.all.map(\.code)).count == RefusalHelp.all.count)
    }

    @Test func theAnswerIsReadWithAndWithoutItsCode() async throws {
        try await Site.run { site in
            let key = try await site.key("reader", scopes: ["listings:read", "listings:write"])
            let bare = try await site.key("bare", addresses: ["192.0.2.7"])
            let anna = try site.visitor("acme")
            func said(_ text: String) async throws -> String {
                try await anna.post(Dashboard.base + "/troubleshooting", [("requestHeader", text)]).text
            }
            for help in RefusalHelp.ofCalls {
                let type = "urn:listings:problem:" + help.code.lowercased().replacing("_", with: "-")
                for document in ["{\"code\":\"\(help.code)\"}", "{\"type\":\"\(type)\"}"] {
                    let page = try await said(
                        "curl -X PATCH -H 'X-API-Key: \(key.secret)' https://api.leadhql.com/v1/listings/1\n\n\(document)")
                    #expect(page.contains("\(help.code), HTTP \(help.status): "), "\(document)")
                    #expect(page.contains("The answer is about something else"), "\(document)")
                }
            }
            for status in [405, 409, 412, 413, 415, 428] {
                let help = try #require(RefusalHelp.ofCalls.first { $0.status == status })
                #expect(try await said("HTTP/1.1 \(status)\n").contains("href=\"#\(help.code)\""), "\(status)")
            }
            // What the key lacks can be given to it.
            let edit = "href=\"\(KeyRow.path(of: bare.id))/edit\">Edit this key</a>"
            #expect(try await said("X-API-Key: \(bare.secret)").ranges(of: edit).count == 2)
            #expect(try await !said("X-API-Key: \(key.secret)").contains("Edit this key"))
        }
    }
}
