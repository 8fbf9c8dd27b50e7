import HTTPTypes

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// What the service answered.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    /// `null` where the body is not JSON.
    var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }

    subscript(name: String) -> JSONValue? { json[name] }

    /// The code of a problem or a verdict.
    var code: String? { json["code"]?.string }
}
