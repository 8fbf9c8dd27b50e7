internal import Bytes

/// What a program that sends requests means by its parts: its language, its calls, and what stands in which argument.
struct RequestProgram {
    /// A call that sends a request.
    struct Call {
        let range: Range<Int>
        let method: String?
        /// The number of what is given to it.
        let arguments: Int
    }

    let text: [UInt8]
    let language: ProgramLanguage?
    let places: HeaderPlaces
    let powerShell: PowerShellCalls

    init(_ bytes: [UInt8]) {
        let language = ProgramLanguage.of(bytes)
        text = bytes
        self.language = language
        places = HeaderPlaces(bytes, language: language)
        powerShell = PowerShellCalls(bytes)
    }

    /// The calls in the text, in order.
    var calls: [Call] {
        powerShell.calls.isEmpty
            ? places.calls.map { Call(range: $0.range, method: $0.declared.method, arguments: $0.arguments) }
            : powerShell.calls.map { Call(range: $0.range, method: $0.method, arguments: 1) }
    }

    /// What the program does with what stands at a place in the text.
    func uses(at index: Int) -> [PastedRequest.Use] {
        guard !powerShell.calls.isEmpty else { return places.uses(at: index) }
        let flaw = powerShell.flaw(at: index)
        let calls = powerShell.calls(at: index)
        return calls.isEmpty ? flaw.map { [.init(flaw: $0)] } ?? [] : calls.sorted().map { .init(call: $0, flaw: flaw) }
    }

    /// Whether a line of a header in the settings of PHP's streams begins at an index.
    func isStreamHeader(at index: Int) -> Bool {
        let before = text[..<index].suffix(16).filter { !$0.isWhite && !$0.isQuote }
        return String(decoding: before, as: UTF8.self).lowercased().hasSuffix("header=>")
    }

    /// Whether names and values stand apart in the headers of the calls, so that a whole line in one text is no header.
    func takesPairs(at index: Int) -> Bool {
        guard powerShell.calls.isEmpty, !places.calls.isEmpty, let language else { return false }
        return [.javaScript, .python, .ruby].contains(language) && places.isHeaders(at: index)
    }
}
