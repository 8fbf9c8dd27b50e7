import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KeyledgerClient
import Testing

/// Guarded routes: `/listings` says whose key it was called with, `/listings/{id}` nothing.
struct Guarded {
    struct Answer {
        let status: Int
        let headers: HTTPFields
        let text: String

        /// Returns a field of a problem document.
        subscript(name: String) -> String? {
            let fields = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            return fields?[name].map { "\($0)" }
        }
    }

    let verifier: any KeyVerifier
    var scopes = ["listings:read"]
    var trustedProxies = TrustedProxies.none
    var outage = OutagePolicy.refuse

    func call(_ uri: String = "/listings", _ headers: HTTPFields = [.authorization: "Bearer secret"]) async throws -> Answer {
        let router = Router(context: TestContext.self)
        router.group("listings")
            .add(middleware: KeyGuard(verifier, scopes: scopes, trustedProxies: trustedProxies, outage: outage))
            .get { _, context in
                switch context.caller {
                case .verified(let key): "\(key.accountID) \(key.name ?? "")"
                case .unverified: "unverified"
                case nil: "nobody"
                }
            }
            .get(":id") { _, _ in "a listing" }
        return try await Application(router: router).test(.router) { client in
            try await client.execute(uri: uri, method: .get, headers: headers) {
                Answer(status: $0.status.code, headers: $0.headers, text: String(buffer: $0.body))
            }
        }
    }
}
