internal import HTTPTypes
internal import Hummingbird

/// Why a call was not answered as asked: an RFC 9457 problem document.
struct Problem: Error {
    let code: ProblemCode
    /// One plain sentence that says what to do. It never holds what a caller sent as a secret.
    let detail: String
    /// The field, parameter or header to blame.
    var field: String?
    var headers: HTTPFields = [:]

    init(_ code: ProblemCode, _ detail: String, field: String? = nil, headers: HTTPFields = [:]) {
        self.code = code
        self.detail = detail
        self.field = field
        self.headers = headers
    }

    static func invalid(_ field: String, _ problem: String) -> Problem { Problem(.invalidField, "\(field) \(problem)", field: field) }

    /// Names what a caller sent that nothing is known about, unless it could be a secret in the wrong place.
    static func unknown(_ what: String, _ name: String) -> Problem {
        let isPlain = name.utf8.count <= 40 && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
        guard isPlain else { return Problem(.invalidField, "There is a \(what) that is not known here.") }
        return Problem(.invalidField, "\(name) is not a \(what) that is known here.", field: name)
    }
}

extension Problem: Encodable {
    enum CodingKeys: String, CodingKey {
        case type, title, status, code, detail, field
    }

    func encode(to encoder: any Encoder) throws {
        var fields = JSONFields(encoder, CodingKeys.self)
        try fields.set(.type, code.type)
        try fields.set(.title, code.title)
        try fields.set(.status, code.status.code)
        try fields.set(.code, code.rawValue)
        try fields.set(.detail, detail)
        try fields.set(.field, field)
    }
}

extension Problem {
    var response: Response {
        get throws {
            var response = try Response.document(self, status: code.status, type: "application/problem+json")
            response.headers.append(contentsOf: headers)
            return response
        }
    }
}
