package import HTTPTypes
package import LedgerAPI

/// What a service answered.
package struct Answer: Sendable {
    package let status: Int
    package let headers: HTTPFields
    package let text: String

    package init(status: Int, headers: HTTPFields, text: String) {
        self.status = status
        self.headers = headers
        self.text = text
    }

    /// `null` where the body is not JSON.
    package var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }

    package subscript(name: String) -> JSONValue? { json[name] }

    /// The code of a problem or a verdict.
    package var code: String? { json["code"]?.string }
}
