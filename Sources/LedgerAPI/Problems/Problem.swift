internal import Bytes
package import KeyEvents

/// The reason why a call was not carried out as requested: an RFC 9457 problem document.
package struct Problem: Error {
    package let code: ProblemCode
    /// Plain sentences that say what to do. They never contain text that a caller sent as a secret.
    package let detail: String
    /// The field, parameter or header that is at fault.
    package var field: String?
    /// What is wrong with each field, when several are; otherwise empty.
    private var errors: [FieldError] = []
    package var headers: ResponseFields = [:]
    /// The error code of OAuth (RFC 6749 section 5.2), for clients that look for it.
    package var oauthError: String?

    package init(_ code: ProblemCode, _ detail: String, field: String? = nil, headers: ResponseFields = [:]) {
        self.code = code
        self.detail = detail
        self.field = field
        self.headers = headers
    }

    package static let unknownRoute = Problem(.unknownRoute, "There is nothing at this address.")

    package static func invalid(_ field: String, _ problem: String) -> Problem {
        Problem(.invalidField, "\(field) \(problem)", field: field)
    }

    /// The maximum number of fields that a problem names.
    private static let maxErrors = 50

    /// Creates one problem of those of several fields. There must be at least one.
    package static func invalid(_ problems: [Problem]) -> Problem {
        let errors = Array(problems.flatMap(\.fieldErrors).prefix(maxErrors))
        var problem = Problem(.invalidField, errors.map(\.detail).joined(separator: " "), field: errors.first?.field)
        problem.errors = errors
        return problem
    }

    /// What is wrong, field by field.
    private var fieldErrors: [FieldError] { errors.isEmpty ? [FieldError(field: field, detail: detail)] : errors }

    /// A field, header or parameter contains a key's secret that must not contain one. `field` is `nil` when the field's name
    /// is the secret.
    package static func secret(_ secret: MisplacedSecret, in field: String?) -> Problem {
        Problem(.secretInField, (field ?? "The name of a field") + " " + secret.problem, field: field)
    }

    /// Creates the problem for an unknown name that a caller sent. The name is quoted only when it cannot be a part of a
    /// secret: it is a short word of letters. `path` is the text in front of the name.
    package static func unknown(_ what: String, _ name: String, in path: String = "") -> Problem {
        let isPlain =
            name.utf8.count <= 24
            && name.utf8.allSatisfy { $0.isASCIILetter || $0 == UInt8(ascii: "_") }
        guard isPlain else { return Problem(.invalidField, "There is a \(what) that is not known here.") }
        return Problem(.invalidField, "\(path)\(name) is not a \(what) that is known here.", field: path + name)
    }
}

extension Problem: Encodable {
    package enum CodingKeys: String, CodingKey {
        case type, title, status, code, detail, field, errors, error
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.type, code.type)
        try fields.set(.title, code.title)
        try fields.set(.status, code.status)
        try fields.set(.code, code.rawValue)
        try fields.set(.detail, detail)
        try fields.set(.field, field)
        if code == .invalidField { try fields.set(.errors, fieldErrors) }
        if let oauthError { try fields.set(.error, oauthError) }
    }
}
