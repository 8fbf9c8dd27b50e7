internal import Bytes

/// The lines of a request and of its answer as they went over the wire, or as `curl -v` and logs of servers show them.
struct TranscriptLines {
    /// The lines of the request, without its body; the whole text where it is no transcript.
    private(set) var request: [UInt8]
    /// The lines of the answer; `nil` where there is none.
    private(set) var answer: [UInt8]?
    private(set) var method: String?
    /// The address in the request line.
    private(set) var address: String?
    private(set) var form = PastedRequest.Form.other

    var isTranscript: Bool { form == .transcript }

    init(_ bytes: [UInt8]) {
        request = bytes
        let lines = bytes.split(separator: .lineFeed, omittingEmptySubsequences: false)
        if lines.contains(where: { Self.isMarked($0, ">") }) {
            form = .transcript
            var sent: [UInt8] = []
            var received: [UInt8] = []
            var isBehindAnswer = false
            for line in lines {
                if Self.isMarked(line, ">") {
                    sent += line.dropFirst(2) + [.lineFeed]
                } else if Self.isMarked(line, "<") {
                    received += line.dropFirst(2) + [.lineFeed]
                    isBehindAnswer = true
                } else if isBehindAnswer || line.first == UInt8(ascii: "{") && received.isEmpty && !sent.isEmpty {
                    received += line + [.lineFeed]
                } else if !Self.isMarked(line, "*") {
                    // A line without a mark may be the rest of a header that was broken.
                    sent += line + [.lineFeed]
                }
            }
            request = sent
            answer = received.isEmpty ? nil : received
        }
        readRequestLine()
    }

    /// Whether a text begins as lines of logs do: with a time, or with a level.
    static func isLogged(_ bytes: [UInt8]) -> Bool {
        let start = bytes.skip(from: 0) { $0.isWhite || $0 == UInt8(ascii: "[") }
        let digits = bytes.skip(from: start, upTo: 4) { $0.isASCIIDigit }
        let isTime =
            digits == start + 4 && digits < bytes.count && (bytes[digits] == UInt8(ascii: "-") || bytes[digits] == UInt8(ascii: "/"))
        return isTime
            || ["time=", "ts=", "debug ", "info ", "error ", "warn ", "debug:", "info:", "{\"time", "{\"level", "{\"ts"].contains {
                bytes.has($0, at: start)
            }
    }

    /// Takes a text with several request lines apart.
    ///
    /// - Parameter bytes: The text, such as some lines of a log.
    /// - Returns: The parts, each with one request line; what stands before the first line belongs to the first part.
    static func requests(_ bytes: [UInt8]) -> [[UInt8]] {
        var starts: [Int] = []
        var start = 0
        while start < bytes.count {
            let end = bytes.lineEnd(from: start)
            if requestLine(bytes, start, end) != nil { starts.append(start) }
            start = end + 1
        }
        let ends = starts.dropFirst() + [bytes.count]
        return zip([0] + starts.dropFirst(), ends).map { Array(bytes[$0..<$1]) }
    }

    /// The words of a request line, and the place of its version of HTTP among them; `nil` where a line is none.
    private static func requestLine(_ bytes: [UInt8], _ start: Int, _ end: Int) -> (words: [ArraySlice<UInt8>], place: Int, method: String)?
    {
        guard end - start <= 16_384 else { return nil }
        let words = bytes[start..<end].split(maxSplits: 40) { $0.isBlank || $0.isQuote }
        guard let place = words.indices.dropFirst(2).first(where: { bytes.has("http/", at: words[$0].startIndex) }) else {
            return shortLine(bytes, words, end)
        }
        guard let method = Method.read(String(decoding: words[place - 2], as: UTF8.self)) else { return nil }
        return (words, place, method)
    }

    /// A line such as `GET https://api.leadhql.com/v1/listings` above a header, as files of requests have it.
    private static func shortLine(
        _ bytes: [UInt8], _ words: [ArraySlice<UInt8>], _ end: Int
    ) -> (words: [ArraySlice<UInt8>], place: Int, method: String)? {
        guard words.count == 2, words[0].allSatisfy(\.isASCIIUppercase),
            let method = Method.read(String(decoding: words[0], as: UTF8.self)),
            bytes.has("http", at: words[1].startIndex) || words[1].first == UInt8(ascii: "/") || words[1].first == UInt8(ascii: "{")
        else { return nil }
        let next = bytes[Swift.min(end + 1, bytes.count)..<bytes.lineEnd(from: Swift.min(end + 1, bytes.count), upTo: 200)]
        return HeaderLine.isHeader(String(decoding: next, as: UTF8.self)) ? (words, 2, method) : nil
    }

    /// Whether a line begins with a mark of `curl -v`.
    private static func isMarked(_ line: ArraySlice<UInt8>, _ mark: Unicode.Scalar) -> Bool {
        line.first == UInt8(ascii: mark) && (line.count == 1 || line.dropFirst().first == .space)
    }

    /// Finds a line such as `GET /v1/listings HTTP/1.1`, by itself or in quotation marks within a line of a log.
    private mutating func readRequestLine() {
        var start = 0
        while start < request.count {
            let end = request.lineEnd(from: start)
            if request.has("http/", at: start), answer == nil {
                // The answer begins here, with a line such as `HTTP/1.1 401 Unauthorized`.
                answer = Array(request[start...])
                request = Array(request[..<start])
                if form == .other { form = .transcript }
                return
            }
            if method == nil, readRequestLine(start, end) { return }
            start = end + 1
        }
    }

    private mutating func readRequestLine(_ start: Int, _ end: Int) -> Bool {
        guard let (words, place, method) = Self.requestLine(request, start, end) else { return false }
        self.method = method
        let target = words[place - 1]
        address = String(decoding: target, as: UTF8.self)
        let isLog = place > 2 || request[start].isQuote || words.count > 3
        if isLog {
            form = .logLine
            return false
        }
        form = .transcript
        takeBody(from: end, line: start)
        return true
    }

    /// Cuts off the body, which begins behind an empty line, and the answer behind it.
    private mutating func takeBody(from end: Int, line: Int) {
        var start = end + 1
        var bodyStart: Int?
        while start < request.count {
            let lineEnd = request.lineEnd(from: start)
            if request.has("http/", at: start) {
                if answer == nil { answer = Array(request[start...]) }
                bodyStart = bodyStart ?? start
                break
            }
            if bodyStart == nil, request[start..<lineEnd].allSatisfy(\.isBlank) { bodyStart = lineEnd }
            start = lineEnd + 1
        }
        request = Array(request[(min(end + 1, request.count))..<min(bodyStart ?? request.count, request.count)])
    }
}
