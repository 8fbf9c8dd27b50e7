// The Swift snippets of README.md and the articles, compiled. ReadmeTests compares them.

import Hummingbird
import KeyledgerClient
import KeyledgerInProcess

func makeApplication() throws -> some ApplicationProtocol {
    let ledger = try KeyledgerClient(
        address: "http://127.0.0.1:8080", serviceKey: APIKey(contentsOfFile: "/run/secrets/keyledger-service-key"))
    let router = Router(context: BasicKeyContext.self)
    router.group("listings")
        .add(middleware: KeyGuard(ledger, scopes: ["listings:read"]))
        .get { _, context in "The listings of \(try context.requireKey().accountID)" }
    var application = Application(router: router)
    application.addServices(ledger)
    return application
}

func makeEmbeddedGuard() throws -> KeyGuard<BasicKeyContext> {
    let ledger = try InProcessVerifier(dataFolder: "/srv/keyledger") { problem in print(problem) }
    return KeyGuard(ledger, scopes: ["listings:read"])
}
