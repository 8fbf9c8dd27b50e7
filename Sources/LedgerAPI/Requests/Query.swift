internal import Bytes
internal import Foundation
package import KeyEvents
internal import Ledger
package import LedgerQueries

/// The query parameters of a request.
package struct Query {
    private let parameters: [(name: String, value: String)]

    /// Parses the text behind the question mark.
    package init(_ text: String?) throws(Problem) {
        guard let text, !text.isEmpty else {
            parameters = []
            return
        }
        var parameters: [(name: String, value: String)] = []
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(pair[0]), let value = pair.count > 1 ? Self.decoded(pair[1]) : "" else {
                throw Problem(.invalidField, "The address has a parameter that is not percent-encoded UTF-8.")
            }
            parameters.append((name, value))
        }
        self.parameters = parameters
    }

    /// Returns the names of the parameters in a path and query that another program will read, as far as they can be decoded.
    package static func names(ofTarget target: String) -> [String] {
        // The text is split by bytes: a combining mark behind a separator makes another character of it for some readers, and
        // not for others.
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
        return target.utf8[target.utf8.index(after: mark)...].split(whereSeparator: isSeparator).map { part in
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            return decoded(name) ?? String(Substring(name))
        }
    }

    /// Decodes a name or a value; `nil` when it is not percent-encoded UTF-8. Text without a percent sign is not passed to the
    /// decoder, which would take as long as the rest of a gateway's call.
    private static func decoded(_ text: Substring.UTF8View) -> String? {
        let string = String(Substring(text))
        return text.contains(UInt8(ascii: "%")) ? PercentEncoding.decoded(string) : string
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "?"), UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: "#"): true
        default: false
        }
    }

    /// Throws a problem for parameters that would otherwise be ignored silently: a mistyped filter would list everything.
    package func check(allowed: [String], repeatable: [String] = []) throws(Problem) {
        for (index, parameter) in parameters.enumerated() {
            guard allowed.contains(parameter.name) else { throw .unknown("parameter", parameter.name) }
            guard repeatable.contains(parameter.name) || !parameters[..<index].contains(where: { $0.name == parameter.name }) else {
                throw .invalid(parameter.name, "stands more than once in the address.")
            }
        }
    }

    package subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// Whether a parameter is present with another value than its default. A parameter with its default value says nothing:
    /// generated clients send defaults along.
    package func says(_ name: String, besides defaultValue: String?) -> Bool { self[name].map { $0 != defaultValue } ?? false }

    package func values(_ name: String) -> [String] { parameters.filter { $0.name == name }.map(\.value) }

    package func wholeNumber(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = WholeNumber.read(text, in: range) else {
            throw .invalid(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Reads a Boolean parameter, which is false when it is absent.
    package func isTrue(_ name: String) throws(Problem) -> Bool {
        switch self[name] {
        case nil, "false": false
        case "true": true
        default: throw .invalid(name, "must be true or false.")
        }
    }

    /// Reads a position in the log.
    package func position(_ name: String) throws(Problem) -> UInt64? {
        guard let text = self[name] else { return nil }
        guard let number = WholeNumber.read(text, in: 0...(1 << 53 - 1) as ClosedRange<UInt64>) else {
            throw .invalid(name, "must be a position: a whole number from 0 to 9007199254740991.")
        }
        return number
    }

    package func time(_ name: String) throws(Problem) -> Timestamp? {
        guard let text = self[name] else { return nil }
        guard let time = Timestamp(rfc3339: Self.withColon(text)) else {
            throw .invalid(name, "must be a time such as 2027-01-01T00:00:00Z.")
        }
        return time
    }

    /// Turns the time offset `+0000` into `+00:00`. RFC 3339 requires the colon, ISO 8601 does not, and Python clients of
    /// openapi-generator leave it out in addresses.
    private static func withColon(_ text: String) -> String {
        let (head, digits) = (text.utf8.dropLast(4), text.utf8.suffix(4))
        guard head.last == UInt8(ascii: "+") || head.last == UInt8(ascii: "-"),
            digits.count == 4, digits.allSatisfy(\.isASCIIDigit)
        else { return text }
        return "\(text.dropLast(2)):\(text.suffix(2))"
    }

    /// Reads a time, or a position in digits.
    package func bound(_ name: String) throws(Problem) -> LogBound? {
        guard let text = self[name] else { return nil }
        guard let bound = LogBound(Self.withColon(text)) else { throw .invalid(name, LogBound.problem) }
        return bound
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type = Choice.self
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .invalid(name, "must be one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }
}
