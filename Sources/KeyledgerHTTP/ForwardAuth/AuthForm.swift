internal import HTTPTypes

/// How an answer is put for the gateway that asked.
enum AuthForm: Sendable {
    /// With the status that the customer is to see.
    case plain
    /// For nginx's `auth_request`, which takes only 2xx, 401 and 403, and makes a 500 of everything else. It does not look at the
    /// body, so the problem document stands in a header.
    case nginx

    /// The values of the parameter `proxy`.
    enum Named: String, CaseIterable {
        case nginx
    }

    /// By the parameters as they stand in the address, right or wrong: what is wrong with them is answered in this form.
    init(_ demand: String?) {
        self = demand?.split(separator: "&").contains("proxy=nginx") == true ? .nginx : .plain
    }

    func accepted(_ identity: AuthIdentity, code: String) -> AuthAnswer {
        var headers = identity.headers
        headers[.cacheControl] = "no-store"
        headers[.trueStatus] = "200"
        headers[.code] = code
        return AuthAnswer(status: .ok, headers: headers)
    }

    func refused(_ problem: Problem) throws -> AuthAnswer {
        var answer = AuthAnswer(
            status: problem.code.status, headers: [.contentType: "application/problem+json", .cacheControl: "no-store"],
            body: try Document.bytes(problem))
        answer.headers.append(contentsOf: problem.headers)
        answer.headers.append(contentsOf: AuthIdentity.nobody.headers)
        answer.headers[.trueStatus] = String(problem.code.status.code)
        answer.headers[.code] = problem.code.rawValue
        guard self == .nginx else { return answer }
        answer.headers[.problem] = Self.ascii(String(decoding: answer.body, as: UTF8.self))
        switch answer.status {
        case .unauthorized, .forbidden: break
        case .badRequest: answer.status = .unauthorized
        default: answer.status = .forbidden
        }
        return answer
    }

    /// JSON with other characters as escapes (RFC 8259 section 7): not everything passes on other bytes in a header.
    private static func ascii(_ json: String) -> String {
        json.utf16.map { unit in
            guard unit > 0x7E else { return String(UnicodeScalar(UInt8(unit))) }
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}

extension HTTPField.Name {
    static let code = Self("X-Keyledger-Code")!
    static let problem = Self("X-Keyledger-Problem")!
    static let trueStatus = Self("X-Keyledger-Status")!
}
