internal import Bytes

/// Reads the status and the code of a service's answer.
enum AnswerReader {
    /// - Parameters:
    ///   - bytes: The text.
    ///   - codes: The codes that an answer may have.
    ///   - isAnswer: Whether the text is an answer for sure.
    /// - Returns: The answer; `nil` where the text has none.
    static func read(_ bytes: [UInt8], codes: [String], isAnswer: Bool) -> PastedAnswer? {
        let code = code(bytes, codes)
        let status = status(bytes, isAnswer: isAnswer)
        guard code != nil || status.map({ $0 >= 400 || isAnswer }) ?? false else { return nil }
        return PastedAnswer(status: status, code: code)
    }

    /// The range of the service's problem document in a text, whose sentences show how a key is sent; `nil` where there is none.
    static func document(_ bytes: [UInt8]) -> Range<Int>? {
        guard let type = bytes.indices.first(where: { typeStart(bytes, at: $0) != nil }),
            let start = bytes[..<type].suffix(maxDocumentBytes).lastIndex(of: UInt8(ascii: "{"))
        else { return nil }
        let end = bytes.skip(from: start, upTo: 2 * maxDocumentBytes) { $0 != UInt8(ascii: "}") }
        return start..<min(end + 1, bytes.count)
    }

    private static let maxDocumentBytes = 2048
    /// The beginnings of the types of problems: of keys, and of calls of the listings API.
    private static let types = ["urn:keyledger:problem:", "urn:listings:problem:"]

    /// The beginning of a problem's type that stands at an index; `nil` where none does.
    private static func typeStart(_ bytes: [UInt8], at index: Int) -> String? {
        guard bytes[index] == UInt8(ascii: "u") else { return nil }
        return types.first { bytes.has($0, at: index) }
    }

    /// The first code in the text, in capitals as the service writes it, or in small letters at the end of a problem's type.
    private static func code(_ bytes: [UInt8], _ codes: [String]) -> String? {
        var index = 0
        while index < bytes.count {
            let isStart = index == 0 || !bytes[index - 1].isOfName
            if isStart, bytes[index].isASCIIUppercase {
                let end = bytes.skip(from: index) { $0.isOfName }
                if end - index <= 32, let code = codes.first(where: { $0 == bytes.text(index..<end) }) { return code }
                index = end
            } else if isStart, let type = typeStart(bytes, at: index) {
                let start = index + type.utf8.count
                let end = bytes.skip(from: start) { $0.isOfName }
                let slug = bytes.text(start..<min(end, start + 32)).uppercased().replacing("-", with: "_")
                if let code = codes.first(where: { $0 == slug }) { return code }
                index = end
            } else {
                index += 1
            }
        }
        return nil
    }

    private static func status(_ bytes: [UInt8], isAnswer: Bool) -> Int? {
        for index in bytes.indices {
            let start: Int
            if bytes[index].asciiLowercased == UInt8(ascii: "h"), bytes.has("http/", at: index) {
                start = bytes.skip(from: index + 5) { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
            } else if bytes[index] == UInt8(ascii: "\""), bytes.has("\"status\"", at: index) {
                start = index + 8
            } else {
                continue
            }
            let digits = bytes.skip(from: start) { $0.isBlank || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "\"") }
            let end = bytes.skip(from: digits) { $0.isASCIIDigit }
            if end - digits == 3, let status = Int(bytes.text(digits..<end)), (100...599).contains(status) { return status }
        }
        return nil
    }
}
