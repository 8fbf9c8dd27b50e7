internal import Bytes

/// What became of a call in the words of a program or a person, where the service's own answer is not shown.
enum CallOutcome: Equatable {
    case status(Int)
    /// A failure of the connection, by the number that `curl` gives it.
    case connection(Int)
    /// A browser's refusal to call another site.
    case crossOrigin
    /// A list from the listings API.
    case list

    /// Reads the outcome that a text names first.
    ///
    /// - Parameter bytes: The text.
    /// - Returns: The outcome; `nil` where the text names none.
    static func read(_ bytes: [UInt8]) -> CallOutcome? {
        let start = bytes.skip(from: 0) { $0.isWhite }
        if bytes.has("{\"data\":", at: start) || bytes.has("{ \"data\":", at: start) { return .list }
        var status: CallOutcome?
        for index in bytes.indices {
            switch bytes[index].asciiLowercased {
            case UInt8(ascii: "c"):
                if bytes.has("cors policy", at: index) || bytes.has("cross-origin request blocked", at: index) { return .crossOrigin }
                if let number = curlNumber(bytes, at: index) { return .connection(number) }
            case UInt8(ascii: "a"):
                if bytes.has("allowed by access-control", at: index) { return .crossOrigin }
            case UInt8(ascii: "e"):
                if let (_, number) = errors.first(where: { bytes.has($0.0, at: index) }) { return .connection(number) }
            case UInt8(ascii: "4"), UInt8(ascii: "5"):
                if status == nil, let number = number(bytes, at: index), isStatus(bytes, at: index) { status = .status(number) }
            default: break
            }
        }
        return status
    }

    /// The errors of programs that run in Node, with the numbers that `curl` gives the same failures.
    private static let errors = [("enotfound", 6), ("eai_again", 6), ("econnrefused", 7), ("etimedout", 28)]

    /// The number in `curl: (6) …`.
    private static func curlNumber(_ bytes: [UInt8], at index: Int) -> Int? {
        let start = bytes.has("curl: (", at: index) ? index + 7 : bytes.has("curl (", at: index) ? index + 6 : nil
        guard let start else { return nil }
        let end = bytes.skip(from: start, upTo: 3) { $0.isASCIIDigit }
        guard end < bytes.count, bytes[end] == UInt8(ascii: ")"), let number = Int(bytes.text(start..<end)) else { return nil }
        // The number 22 reports an answer, whose status follows.
        return number == 22 ? nil : number
    }

    /// A number of three digits that stands as a word.
    private static func number(_ bytes: [UInt8], at index: Int) -> Int? {
        let end = bytes.skip(from: index, upTo: 4) { $0.isASCIIDigit }
        guard end - index == 3, end == bytes.count || !bytes[end].isOfName, index == 0 || !bytes[index - 1].isOfName else { return nil }
        return Int(bytes.text(index..<end))
    }

    private static let reasons = [
        "unauthorized", "forbidden", "not found", "bad request", "bad gateway", "service ", "internal server", "gateway time",
        "too many", "client error", "server error", "method not", "unsupported media", "precondition", "conflict",
    ]
    private static let labels = ["code ", "error ", "error: ", "status ", "status: ", "http "]

    /// Whether the words around a number make it the status of an answer.
    private static func isStatus(_ bytes: [UInt8], at index: Int) -> Bool {
        if labels.contains(where: { bytes.has($0, at: index - $0.utf8.count) }) { return true }
        let next = bytes.skip(from: index + 3, upTo: 3) { $0.isBlank || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "(") }
        return next > index + 3 && reasons.contains { bytes.has($0, at: next) }
    }

    /// What a failure of the connection, or of the browser, means; `nil` for an outcome of another kind.
    var connectionMeaning: String? {
        switch self {
        case .connection(6): "The name of the host was not found: look for a mistake in the address, or in the network's name service."
        case .connection(7):
            "Nobody listens at that address and port, or a firewall refuses the connection: the call did not reach the service."
        case .connection(28): "The time was over before an answer came: look at the network, the proxy, and the firewall."
        case .connection(35), .connection(51), .connection(58), .connection(60), .connection(77):
            "The encrypted connection (TLS) failed, by its certificate or its version: the key was not sent yet. Look at the address,"
                + " the clock and the certificates of the machine, and a proxy between."
        case .connection(3): "The address is not written as an address is: look for spaces, and for marks that a shell takes for its own."
        case .connection: "The program curl failed. Its words behind the number say why."
        case .crossOrigin:
            "A browser does not let a page of another site make this call (CORS). Call from a server: in a page every visitor could read"
                + " the key."
        case .status, .list: nil
        }
    }
}
