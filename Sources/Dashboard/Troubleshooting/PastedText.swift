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
        let plain = Self.withPlainLines(Array(text.utf8))
        let joined = BrowserHeaders.joined(plain)
        bytes = joined ?? plain
        isInTwoLines = joined != nil
    }

    /// The request in the text.
    ///
    /// - Parameter codes: The codes of refusals that an answer may have.
    /// - Returns: What was found; it is empty where the text is none of a request.
    func request(codes: [String]) -> PastedRequest {
        var request: PastedRequest
        let lines = TranscriptLines(bytes)
        let exported = ExportedAuth.fields(String(decoding: bytes, as: UTF8.self))
        if let (found, range) = CommandReader.read(bytes), !found.fields.isEmpty || !lines.isTranscript {
            request = found
            request.others = Self.commandCount(bytes, from: range.upperBound)
        } else {
            request = scanned(lines)
        }
        if let field = exported.first {
            request.fields = [field]
            request.looseKeys = []
            request.form = .code
            request.others = exported.count { $0 != field }
        }
        request.isInTwoLines = isInTwoLines
        request.outcome = CallOutcome.read(bytes)
        request.assignedKeys = AssignedKeys(bytes, prefix: prefix)
        request.answer = AnswerReader.read(lines.answer ?? bytes, codes: codes, isAnswer: lines.answer != nil)
        return request
    }

    /// The number of commands behind an index that have a header of their own, or a whole address.
    private static func commandCount(_ bytes: [UInt8], from start: Int) -> Int {
        var (count, index) = (0, start)
        while count < maxRequests, let (request, range) = CommandReader.read(bytes, from: index) {
            let isRequest = request.fields.contains { $0.kind != .other } || request.addresses.contains { $0.contains("://") }
            count += isRequest ? 1 : 0
            index = range.upperBound
        }
        return count
    }

    /// Keeps one header of those that stand in a program with several calls: the others belong to other requests.
    private static func separate(_ request: inout PastedRequest) {
        guard request.addresses.count > 1 else { return }
        let codes = request.fields.filter { $0.isCode && $0.place == .header && ($0.kind == .authorization || $0.kind == .apiKey) }
        guard let first = codes.first else { return }
        let others = codes.filter { $0.kind == first.kind && $0.value != first.value }
        guard !others.isEmpty else { return }
        request.fields.removeAll { others.contains($0) }
        request.others = Set(others.map(\.value)).count
    }

    private func scanned(_ pasted: TranscriptLines) -> PastedRequest {
        let parts = TranscriptLines.requests(bytes)
        let place = parts.firstIndex { part in !KeyCandidates(part, prefix: prefix).isEmpty } ?? 0
        let isPart = parts.count > 1 && !pasted.isTranscript
        let lines = isPart ? TranscriptLines(parts[place]) : pasted
        var text = lines.request
        if let document = AnswerReader.document(text) { text.removeSubrange(document) }
        var scanner = FieldScanner(text, prefix: prefix)
        scanner.scan()
        var request = PastedRequest(form: lines.form)
        request.fields = scanner.fields
        request.addresses = lines.address.map { [$0] } ?? scanner.addresses
        request.method = lines.method ?? scanner.method
        request.looseKeys = scanner.looseKeys
        request.number = isPart ? place + 1 : 1
        request.others = max(parts.count - 1, 0)
        Self.separate(&request)
        let words = text.split(maxSplits: 4) { $0.isWhite }.map { String(decoding: $0, as: UTF8.self) }
        if (1...4).contains(words.count), text.count <= 400 { request.words = words }
        if request.form == .logLine, let header = request.looseKeys.first(where: { $0.hasPrefix("Bearer ") }), request.fields.isEmpty {
            // A log that is set up to show headers shows their values alone.
            request.fields = [.init(name: "Authorization", value: header)]
            request.looseKeys = []
        }
        if request.form == .other, !request.fields.isEmpty { request.form = request.fields.contains(where: \.isCode) ? .code : .header }
        return request
    }

    /// Ends all lines alike, and takes the escapes off line breaks in a dump of a request.
    private static func withPlainLines(_ bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\r"):
                plain.append(.lineFeed)
                index += index + 1 < bytes.count && bytes[index + 1] == .lineFeed ? 2 : 1
            case .backslash where bytes.has("\\r\\n", at: index):
                plain.append(.lineFeed)
                index += 4
            default:
                plain.append(bytes[index])
                index += 1
            }
        }
        return plain
    }
}
