internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import Ledger

/// The page that explains each refusal, and checks a request that failed. What is pasted is neither stored, logged, counted nor
/// shown again.
struct TroubleshootingPage: Sendable {
    static let path = Dashboard.base + "/troubleshooting"
    /// The maximum size of a pasted text.
    static let maxTextBytes = 256 * 1024
    /// The maximum size of the form: in it a byte takes up to three.
    static let maxFormBytes = 3 * maxTextBytes + 64 * 1024

    let signedIn: SignedInRequest

    /// Shows the form, or the answer to one that is kept.
    func show() throws -> Response { signedIn.form["requestHeader"] == nil ? page([:]) : try diagnose() }

    /// Returns whether a pasted text may be kept for a user whose session has ended: where it is an answer and nothing of a request.
    /// Whatever shows how a key is sent may hold one, in pieces that no rule finds.
    static func mayKeep(_ text: String, prefix: String) -> Bool {
        text.utf8.count <= KeptForm.maxBytes
            && PastedText(text, prefix: prefix).requests(codes: RefusalHelp.all.map(\.code)).allSatisfy(\.isAnswerAlone)
    }

    func diagnose() throws -> Response {
        let text = signedIn.form["requestHeader"] ?? ""
        guard !text.trimmingWhiteSpace.isEmpty else {
            return page(["headerError": "Paste the request first."], status: .unprocessableContent)
        }
        guard text.utf8.count <= Self.maxTextBytes else {
            let problem =
                "That is too long: \(Format.count(text.utf8.count / 1024)) kB, and at most \(Self.maxTextBytes / 1024) kB are looked at."
                + " Paste the part with the request and its header."
            return page(["headerError": problem], status: .unprocessableContent)
        }
        let requests = PastedText(text, prefix: signedIn.ledger.prefix).requests(codes: RefusalHelp.all.map(\.code))
        return page(["result": try RequestsDiagnosis(requests, signedIn).fields])
    }

    private func page(_ fields: TemplateContext, status: HTTPResponse.Status = .ok) -> Response {
        let tables = [
            ("keys", "Why a key is refused", RefusalHelp.ofKeys), ("calls", "Other answers of the listings API", RefusalHelp.ofCalls),
        ]
        return signedIn.page(
            "troubleshooting", title: "Troubleshooting", status: status,
            fields.adding([
                "isTroubleshootingPage": true,
                "tables": tables.map { id, title, codes in
                    [
                        "tableId": id, "tableTitle": title,
                        "codes": codes.map {
                            [
                                "refusalCode": $0.code, "refusalStatus": String($0.status), "refusalMeaning": $0.meaning,
                                "refusalRemedy": $0.remedy,
                            ] as TemplateContext
                        },
                    ] as TemplateContext
                },
            ]))
    }
}
