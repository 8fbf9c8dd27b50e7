internal import Bytes

/// The dialect of the response to a gateway.
package enum ResponseDialect: Sendable {
    /// The response has the status that the customer must see.
    case plain
    /// The response suits nginx's `auth_request`, which takes only 2xx, 401 and 403, and makes a 500 of everything else. It
    /// ignores the body, so the problem document is repeated in a header.
    case nginx

    /// The values of the parameter `proxy`.
    package enum Named: String, CaseIterable {
        case nginx
    }

    /// Determines the dialect from the parameters in the address, valid or not: an error in them is reported in this dialect.
    package init(_ demand: String?) {
        // The text is split by bytes, as the parameters are parsed.
        let isForNginx = demand?.utf8.split(separator: UInt8(ascii: "&")).contains { $0.elementsEqual("proxy=nginx".utf8) }
        self = isForNginx == true ? .nginx : .plain
    }

    package func refused(_ problem: Problem) throws -> AuthAnswer {
        let body = try JSON.bytes(problem)
        var headers: ResponseFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        headers.append(contentsOf: problem.headers)
        headers.append(contentsOf: AuthIdentity.nobody.headers)
        headers[.keyledgerStatus] = String(problem.code.status)
        headers[.keyledgerCode] = problem.code.rawValue
        if self == .nginx { headers[.keyledgerProblem] = Self.ascii(String(decoding: body, as: UTF8.self)) }
        return AuthAnswer(status: status(problem.code.status), headers: headers, body: body)
    }

    private func status(_ status: Int) -> Int {
        guard self == .nginx else { return status }
        switch status {
        case 401, 403: return status
        case 400: return 401
        default: return 403
        }
    }

    /// Escapes all other characters of a JSON text (RFC 8259 section 7), because not every gateway passes on other bytes in a
    /// header.
    private static func ascii(_ json: String) -> String {
        json.utf16.map { unit in
            unit > 0x7E ? "\\u" + unit.hex : String(UnicodeScalar(UInt8(unit)))
        }.joined()
    }
}
