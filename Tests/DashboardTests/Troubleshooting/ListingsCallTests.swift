import Foundation
import TestSupport
import Testing

@testable import Dashboard

/// What the page says that a call of the listings API needs is what the API's description says.
@Suite struct ListingsCallTests {
    @Test func itAgreesWithTheDescription() throws {
        let text = try String(contentsOf: Repository.file("Schemas/listings-openapi.yaml"), encoding: .utf8)
        var calls: [String: String] = [:]
        var (path, call) = ("", "")
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: #/  (/\S*):/#) {
                (path, call) = (String(match.1), "")
            } else if let match = line.wholeMatch(of: #/    (get|post|put|patch|delete):/#) {
                call = match.1.uppercased() + " " + path
                calls[call] = ""
            } else if !line.isEmpty, !line.hasPrefix("   ") {
                call = ""
            }
            if !call.isEmpty { calls[call, default: ""] += line + "\n" }
        }
        let listings = calls.filter { $0.key.contains("/v1/listings") }
        #expect(listings.count == 7)
        for (name, description) in listings {
            let words = name.split(separator: " ")
            let path = words[1].replacing("{id}", with: "0190b5c2-a3f1-7d3e-8c4b-5a6978695a4b").split(separator: "/").map(String.init)
            let call = ListingsCall(String(words[0]), path)
            #expect(call.hasBody == description.contains("requestBody:"), "\(name)")
            #expect(call.namesState == description.contains("parameters/IfMatch"), "\(name)")
        }
        for name in ["DELETE /v1/listings", "PATCH /v1/listings/bulk", "POST /v1/listings/1/photos", "POST /", "GET /v1/listings"] {
            let words = name.split(separator: " ")
            let call = ListingsCall(String(words[0]), words[1].split(separator: "/").map(String.init))
            #expect(!call.hasBody && !call.namesState, "\(name)")
        }
    }
}
