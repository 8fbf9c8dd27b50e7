import Foundation
import HTTPTypes

@testable import ListingsAPI

/// What the service answered.
struct Answer {
    let status: Int
    let headers: HTTPFields
    let text: String

    /// `nil` where the body is not JSON.
    var json: JSON? { try? JSON(parsing: Data(text.utf8)) }

    subscript(name: String) -> JSON? { json?[name] }

    var code: String? { self["code"]?.string }
    var field: String? { self["field"]?.string }
    var id: String { self["id"]?.string ?? "" }
    var tag: String { headers[.eTag] ?? "" }
}
