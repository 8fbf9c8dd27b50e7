internal import HTTPTypes
internal import Hummingbird
internal import LedgerAPI

extension Problem {
    /// The response with the problem document and the fields that go with it.
    var response: Response {
        get throws {
            var response = try Response.document(self, status: .init(registered: code.status), type: "application/problem+json")
            response.headers.append(contentsOf: HTTPFields(headers))
            return response
        }
    }
}

extension HTTPFields {
    /// Creates the header fields from those that the service decided on.
    init(_ fields: ResponseFields) {
        self.init()
        for field in fields.fields { append(HTTPField(name: HTTPField.Name(field.name), value: field.value)) }
    }
}

extension HTTPField.Name {
    /// Creates the name of a field that the service decides on. All of them are names by RFC 9110.
    init(_ name: ResponseFields.Name) {
        switch name {
        case .accountID: self = .accountID
        case .allow: self = .allow
        case .cacheControl: self = .cacheControl
        case .contentType: self = .contentType
        case .keyID: self = .keyID
        case .keyName: self = .keyName
        case .keyScopes: self = .keyScopes
        case .keyledgerCode: self = .code
        case .keyledgerProblem: self = .problem
        case .keyledgerStatus: self = .trueStatus
        case .retryAfter: self = .retryAfter
        case .wwwAuthenticate: self = .wwwAuthenticate
        }
    }

    static let accountID = Self("X-Account-Id")!
    static let keyID = Self("X-Key-Id")!
    static let keyName = Self("X-Key-Name")!
    static let keyScopes = Self("X-Key-Scopes")!
    static let code = Self("X-Keyledger-Code")!
    static let problem = Self("X-Keyledger-Problem")!
    static let trueStatus = Self("X-Keyledger-Status")!
}
