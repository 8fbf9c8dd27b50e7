import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import Testing

@testable import Dashboard

/// A page answers whatever is asked for below the dashboard's path.
@Suite struct PagePathsTests {
    @Test func aSlashTooManyLeadsToThePage() async throws {
        try await Site.run { site in
            let id = try await site.key("a").id
            let anna = try site.visitor("acme")
            for path in [Dashboard.base, Dashboard.root, Dashboard.signIn, Dashboard.base + "/keys/\(id)", Dashboard.base + "/nowhere"] {
                for slashes in ["/", "//"] {
                    #expect(try await anna.get(path + slashes).location == path, "\(path)")
                    #expect(try await anna.head(path + slashes).location == path, "\(path)")
                    #expect(try await anna.get(path + slashes + "?page=2&q=a").location == path + "?page=2&q=a", "\(path)")
                }
            }
            // A form is not sent on.
            let before = try site.ledger.log.lastPosition()
            let posted = try await anna.post(Dashboard.base + "/keys/\(id)/revoke/", [])
            #expect(posted.status == 404 && posted.text.contains("There is nothing here"))
            #expect(try site.ledger.log.lastPosition() == before)
        }
    }

    /// A method that an address does not take is told from an address that is not there, and the methods that it takes are named.
    @Test func aWrongMethodIsToldFromAnUnknownAddress() async throws {
        try await Site.run { site in
            let id = try await site.key("a").id
            let anna = try site.visitor("acme")
            let addresses: [(path: String, allowed: String, methods: [HTTPRequest.Method])] = [
                (Dashboard.base, "GET, HEAD", [.put, .options, .trace, .post, .delete, .patch]),
                (Dashboard.signIn, "GET, HEAD, POST", [.put, .options, .trace]),
                (Dashboard.base + "/keys/\(id)", "GET, HEAD", [.put, .options, .trace, .post]),
                (Dashboard.base + "/keys/\(id)/edit", "GET, HEAD, POST", [.put, .options, .trace]),
                (Dashboard.base + "/keys/\(id)/disable", "POST", [.get, .head, .put, .options, .trace]),
                (Dashboard.root + "/sign-out", "POST", [.get, .put]), (Dashboard.root + "/assets/x", "GET, HEAD", [.put]),
            ]
            for browser in [anna, site.stranger] {
                for (path, allowed, methods) in addresses {
                    for method in methods {
                        let page = try await browser.send(method, path)
                        #expect(page.status == 405 && page.headers[.allow] == allowed, "\(method) \(path): \(page.status)")
                    }
                }
                for method in [.put, .options, .trace] as [HTTPRequest.Method] {
                    #expect(try await browser.send(method, Dashboard.root + "/nowhere").status == 404)
                    #expect(try await browser.send(method, Dashboard.base + "/keys/\(id)/edit/").status == 404)
                }
            }
        }
    }

    @Test func whateverIsNotThereIsAPage() async throws {
        try await Site.run(publicURL: "https://keys.example.com") { site in
            let id = try await site.key("a").id
            let anna = try site.visitor("acme")
            let paths = [
                Dashboard.base + "//keys", Dashboard.base + "/./keys", Dashboard.root + "/../v1/keys", Dashboard.base + "/%6Beys/",
                Dashboard.root + "/nowhere", Dashboard.base + "/keys/\(id)/nowhere",
            ]
            for path in paths {
                let page = try await anna.get(path)
                #expect(page.status == 404 && page.text.contains("<h1>There is nothing here</h1>"), "\(path)")
                #expect(page.headers[.contentType]?.hasPrefix("text/html") == true && page.headers[.strictTransportSecurity] != nil)
            }
            #expect(try await anna.post(Dashboard.root + "/nowhere", []).text.contains("<h1>There is nothing here</h1>"))
            // Other addresses are the service's, and answered as before.
            for path in ["/v1/keys/", "/dashboards/", "/nowhere", "//dashboard"] {
                let answer = try await anna.get(path)
                #expect(
                    answer.status == 404 && answer.text.contains("UNKNOWN_ROUTE") && answer.headers[.strictTransportSecurity] == nil,
                    "\(path)")
            }
        }
    }
}
