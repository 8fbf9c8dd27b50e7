internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The routes for the reference of this service: a page for people, and the OpenAPI document for programs. Both are for whoever
/// asks, and tell the address at which they were asked for, so that what they show works as it is pasted.
struct ReferenceRoutes: Sendable {
    /// The address of the samples, as the files have it.
    private static let placeholder = "http://127.0.0.1:8081"
    /// The page loads nothing but its stylesheet.
    private static let policy =
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// The URL at which people reach the service; `nil` for the host that a request names.
    let publicURL: String?

    func add(to router: Router<ListingsContext>) {
        router.get("") { request, _ in document(request, "text/html; charset=utf-8", EmbeddedFiles.reference_html) }
        router.get("openapi.yaml") { request, _ in document(request, "application/yaml", EmbeddedFiles.openapi_yaml) }
        router.get("reference.css") { request, _ in document(request, "text/css; charset=utf-8", EmbeddedFiles.reference_css) }
    }

    private func document(_ request: Request, _ type: String, _ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store", .contentSecurityPolicy: Self.policy],
            body: ResponseBody(byteBuffer: ByteBuffer(string: addressed(text, for: request.head.authority))))
    }

    /// Returns a text with the address of this service: the operator's, or else the host that a request names, when it is written
    /// in characters that mean nothing to a shell or in HTML.
    func addressed(_ text: String, for host: String?) -> String {
        let named = host.flatMap { $0.wholeMatch(of: /[A-Za-z0-9._:\[\]-]{1,255}/) == nil ? nil : "http://" + $0 }
        guard let address = publicURL ?? named else { return text }
        return text.replacing(Self.placeholder, with: address)
    }
}
