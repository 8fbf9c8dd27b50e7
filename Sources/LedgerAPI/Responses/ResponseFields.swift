/// The header fields of a response that the service decides on, in their order (RFC 9110 section 5). The server adds its own.
package struct ResponseFields: Sendable, Equatable {
    /// The name of a field.
    package enum Name: String, Sendable {
        case accountID = "X-Account-Id"
        case allow = "Allow"
        case cacheControl = "Cache-Control"
        case contentType = "Content-Type"
        case keyID = "X-Key-Id"
        case keyName = "X-Key-Name"
        case keyScopes = "X-Key-Scopes"
        case keyledgerCode = "X-Keyledger-Code"
        case keyledgerProblem = "X-Keyledger-Problem"
        case keyledgerStatus = "X-Keyledger-Status"
        case retryAfter = "Retry-After"
        case wwwAuthenticate = "WWW-Authenticate"
    }

    /// A name and its value, which contains no line break.
    package struct Field: Sendable, Equatable {
        package let name: Name
        package let value: String
    }

    package private(set) var fields: [Field] = []

    /// The value of the first field of a name. Setting the value replaces all fields of that name.
    package subscript(name: Name) -> String? {
        get { fields.first { $0.name == name }?.value }
        set {
            guard let index = fields.firstIndex(where: { $0.name == name }) else {
                if let newValue { append(name, newValue) }
                return
            }
            fields.removeAll { $0.name == name }
            if let newValue { fields.insert(Field(name: name, value: newValue), at: index) }
        }
    }

    /// Appends a field, whether or not there is one of its name.
    package mutating func append(_ name: Name, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// Appends the fields of another list.
    package mutating func append(contentsOf other: ResponseFields) { fields += other.fields }
}

extension ResponseFields: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (Name, String)...) {
        for (name, value) in elements { append(name, value) }
    }
}
