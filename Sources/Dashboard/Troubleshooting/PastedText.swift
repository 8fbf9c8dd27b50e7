internal import Bytes

/// Reads the request out of a pasted text of any kind.
struct PastedText {
    private let prefix: String
    private var bytes: [UInt8]
    private let isInTwoLines: Bool
    /// The maximum number of requests that are counted.
    static let maxRequests = 50

    /// - Parameters:
    ///   - text: The text, however long.
    ///   - prefix: The prefix of the service's keys.
    init(_ text: String, prefix: String) {
        self.prefix = prefix
        let plain = PlainLines.of(Array(text.utf8))
        let joined = BrowserHeaders.joined(plain)
        bytes = joined ?? plain
        isInTwoLines = joined != nil
    }

    /// The requests in the text, in order.
    ///
    /// - Parameter codes: The codes of refusals that an answer may have.
    /// - Returns: What was found: at least one request, which is empty where the text is none.
    func requests(codes: [String]) -> [PastedRequest] {
        let lines = TranscriptLines(bytes)
        let exported = ExportedAuth.requests(String(decoding: bytes, as: UTF8.self))
        let commands = exported.isEmpty ? commands(isTranscript: lines.isTranscript) : []
        let keys = AssignedKeys(bytes, prefix: prefix, isCommand: !commands.isEmpty)
        var requests: [PastedRequest]
        if !exported.isEmpty {
            requests = exported
        } else if !commands.isEmpty {
            requests = commands
        } else {
            requests = scanned(lines)
        }
        for index in requests.indices {
            requests[index].isInTwoLines = isInTwoLines
            requests[index].assignedKeys = keys
            // Of several requests, each has the answer that stands behind it.
            let answer = requests.count == 1 ? lines.answer : requests[index].answerBytes
            guard requests.count == 1 || answer != nil else { continue }
            requests[index].outcome = CallOutcome.read(requests.count == 1 ? bytes : answer ?? [])
            requests[index].answer = AnswerReader.read(answer ?? bytes, codes: codes, isAnswer: lines.answer != nil)
            requests[index].answerBytes = nil
        }
        return requests
    }

    /// The commands in the text: all that have a header of their own, or a whole address; where none has, the first.
    private func commands(isTranscript: Bool) -> [PastedRequest] {
        var (found, index) = ([PastedRequest](), 0)
        while found.count < Self.maxRequests, let (request, range) = CommandReader.read(bytes, from: index) {
            if found.isEmpty, request.fields.isEmpty, isTranscript { return [] }
            if let last = found.indices.last { found[last].answerBytes = Array(bytes[index..<range.lowerBound]) }
            found.append(request)
            index = range.upperBound
        }
        if let last = found.indices.last { found[last].answerBytes = Array(bytes[index...]) }
        let requests = found.filter { request in
            request.fields.contains { $0.kind != .other } || request.addresses.contains { $0.contains("://") }
        }
        return requests.isEmpty ? Array(found.prefix(1)) : requests
    }

    /// The requests in a text without commands: those of a transcript or a log, one after the other, or those of a program.
    private func scanned(_ pasted: TranscriptLines) -> [PastedRequest] {
        let parts = TranscriptLines.requests(bytes)
        guard parts.count > 1 else { return read(pasted) }
        let requests = parts.prefix(Self.maxRequests).flatMap { part in
            let lines = TranscriptLines(part)
            return read(lines).map { request in
                var request = request
                request.answerBytes = lines.answer
                return request
            }
        }
        // Lines of a log count where they show a key.
        let shown = requests.filter { request in
            request.form != .logLine || !request.looseKeys.isEmpty || request.fields.contains { $0.kind != .other }
                || request.addresses.contains { !KeyCandidates(Array($0.utf8), prefix: prefix).isEmpty }
        }
        return shown.isEmpty ? Array(requests.prefix(1)) : shown
    }

    private func read(_ lines: TranscriptLines) -> [PastedRequest] {
        var text = lines.request
        if let document = AnswerReader.document(text) { text.removeSubrange(document) }
        let program = RequestProgram(text)
        var scanner = FieldScanner(text, prefix: prefix, program)
        scanner.scan()
        var request = PastedRequest(form: lines.form)
        request.fields = scanner.fields + program.powerShell.tokens
        request.addresses = lines.address.map { [$0] } ?? scanner.addresses.map(\.text)
        request.method = lines.method ?? scanner.methods.first(in: 0..<Int.max)
        request.looseKeys = scanner.looseKeys
        request.hasHeaderFile = scanner.hasHiddenHeader
        if program.language == .javaScript, text.holds("no-cors") {
            request.flaw =
                "With mode: 'no-cors' a browser leaves out headers such as these, and hides the answer. Take the mode out, and call from a server:"
                + " in a page every visitor could read the key."
        }
        request.isLogged = lines.form == .logLine || TranscriptLines.isLogged(text)
        let words = text.split(maxSplits: 4) { $0.isWhite }.map { String(decoding: $0, as: UTF8.self) }
        if (1...4).contains(words.count), text.count <= 400 { request.words = words }
        if request.form == .logLine, let header = request.looseKeys.first(where: { $0.hasPrefix("Bearer ") }), request.fields.isEmpty {
            // A log that is set up to show headers shows their values alone.
            request.fields = [.init(name: "Authorization", value: header)]
            request.looseKeys = []
        }
        if request.form == .other, !request.fields.isEmpty || !program.calls.isEmpty {
            request.form = request.fields.contains(where: \.isCode) || !program.calls.isEmpty ? .code : .header
        }
        return ProgramRequests(request, program, scanner).requests
    }
}
