/// The request that a pasted text describes, as far as the text tells it. It holds secrets: it is judged and forgotten.
struct PastedRequest: Equatable {
    /// The kinds of texts that are told apart, in the words of the page.
    enum Form: String {
        case header = "a header"
        case command = "a command"
        case transcript = "a request as it was sent"
        case code = "code, or a list of headers"
        case logLine = "a line of a log"
        case other = "text"
    }

    /// The parts of a request in which a value can stand.
    enum Place {
        case header, query, body, cookie
    }

    /// Something that keeps a request from being sent as it stands under circumstances that the text does not show.
    struct Caveat: Equatable {
        /// What may be wrong, in a few words.
        let headline: String
        let text: String
    }

    /// What a program does with a field in one of its calls.
    struct Use: Equatable {
        /// The number of the call; `nil` for what holds in all of them.
        var call: Int?
        /// The part of the request that the field is sent in, where it is another than the names around it say.
        var place: Place?
        /// Why the field is not sent as a header.
        var flaw: String?
    }

    /// A name and a value, usually of a header field.
    struct Field: Equatable {
        var name: String
        var value: String
        var place = Place.header
        /// Whether a program or a shell puts the value together, so that what is sent cannot be seen.
        var isComputed = false
        /// Whether the field stands in a program: the same field in two places may belong to two requests.
        var isCode = false
        /// The fault in how the field is written, which keeps it from being sent as it looks.
        var flaw: String?
        /// The index of the field in the text.
        var index = 0
        /// What a program does with the field.
        var uses: [Use] = []

        /// Whether the value is given to a parameter that takes a text that PowerShell hides.
        var takesSecureText = false

        /// What the name says, without marks and invisible characters around it.
        var kind: HeaderName { HeaderName(StrayCharacter.trimmed(name)) }
    }

    var form = Form.other
    var method: String?
    /// The addresses in the text, whole or without scheme and host.
    var addresses: [String] = []
    var fields: [Field] = []
    /// The texts outside all fields and addresses that look like keys.
    var looseKeys: [String] = []
    /// The fault of the whole text, such as a command that is cut in two.
    var flaw: String?
    /// The text in which the answer to this one of several requests may stand.
    var answerBytes: [UInt8]?
    /// The answer that is pasted along with the request, or without one.
    var answer: PastedAnswer?
    /// What became of the call, in words other than the service's answer.
    var outcome: CallOutcome?
    /// The keys that the text gives to variables.
    var assignedKeys = AssignedKeys()
    /// Whether headers stand in a file, or in a variable that the text does not set.
    var hasHeaderFile = false
    /// Whether a body is sent for which no header says that it is JSON, as far as that can be seen.
    var isBodyUntyped = false
    /// Whether the text is a line that a program wrote into a log, which may show less than was sent.
    var isLogged = false
    /// What may keep the request from being sent as it stands, though it need not.
    var caveats: [Caveat] = []
    /// Whether the names and the values of the headers stand in lines of their own.
    var isInTwoLines = false
    /// The text itself, where it is one or two words.
    var words: [String] = []

    /// Whether the text holds an answer and nothing of a request.
    var isAnswerAlone: Bool {
        answer != nil && method == nil && addresses.isEmpty && fields.isEmpty && looseKeys.isEmpty && flaw == nil
    }
}

/// The answer of a service in a pasted text.
struct PastedAnswer: Equatable {
    var status: Int?
    /// The code of a problem document, such as `REVOKED`.
    var code: String?
}
