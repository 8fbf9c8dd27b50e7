internal import KeyEvents
internal import Ledger
internal import Validation

/// The commands with which a new key can be tried out at once: each works as it is pasted.
struct TryIt {
    private let url: String
    private let secret: String
    /// What the call will be refused for, and what to do about it; `nil` when the key may make it.
    private let refusalText: String?

    /// Creates the commands; `nil` when the operator has named no address to try keys on.
    init?(_ signedIn: SignedInRequest, _ state: KeyState, _ secret: Secret) {
        let settings = signedIn.dashboard.settings
        guard let url = settings.exampleURL else { return nil }
        self.url = Self.quotable(url)
        self.secret = secret.reveal()
        let accessCheck = AccessCheck(scopes: settings.exampleScope.map { [$0] } ?? [], environment: settings.exampleEnvironment)
        // The secret is shown whatever becomes of the verdict: it cannot be shown again.
        let verdict = state.secrets.last.flatMap {
            try? signedIn.ledger.verifier.verdict(onSecret: $0.record.id, of: state.id, accessCheck)
        }
        refusalText = verdict.flatMap { Self.refusalText($0, accessCheck) }
    }

    private static func refusalText(_ verdict: Verdict, _ accessCheck: AccessCheck) -> String? {
        switch verdict.code {
        case .valid: nil
        case .notFound:
            "This is refused: the address takes keys of the environment \(accessCheck.environment ?? "") only (\(verdict.code.rawValue))."
        case .insufficientScope:
            "This is refused: the key lacks the scope \(verdict.missingScope ?? "") (\(verdict.code.rawValue))."
        case .ipNotAllowed: "This works from the key's allowed addresses only (\(verdict.code.rawValue))."
        default: "This is refused: \(Format.sentence(verdict.message)) (\(verdict.code.rawValue))"
        }
    }

    var fields: TemplateContext {
        let snippets = [
            ("curl", "curl", "command", "Command copied", curl),
            ("javascript", "JavaScript", "JavaScript program", "JavaScript program copied", javaScript),
            ("python", "Python", "Python program", "Python program copied", python),
        ]
        return [
            "refusalText": refusalText,
            "snippets": snippets.map { id, language, what, copied, text in
                [
                    "snippetId": id, "snippetLanguage": language, "snippetFirst": id == "curl", "snippetText": text, "snippetWhat": what,
                    "snippetCopied": copied,
                ] as TemplateContext
            },
        ]
    }

    /// The command for shells, in one line, which each of them takes.
    private var curl: String { "curl \"\(url)\" -H \"Authorization: Bearer \(secret)\"" }

    /// The program for Node.js 18 and later: as a file of either kind of module, and at the prompt, where no line may look like
    /// the whole of a statement before the last.
    private var javaScript: String {
        """
        fetch("\(url)", {
          headers: { Authorization: "Bearer \(secret)" },
        }).then((response) => response.json()).then((answer) => {
          console.log(answer);
        });
        """
    }

    /// The program for Python 3, with its own library alone.
    private var python: String {
        """
        import urllib.request
        request = urllib.request.Request("\(url)", headers={"Authorization": "Bearer \(secret)"})
        print(urllib.request.urlopen(request).read().decode())
        """
    }

    /// Returns a URL as it can stand between double quotes in each of the languages: what means something there is percent-encoded.
    private static func quotable(_ url: String) -> String {
        url.unicodeScalars.map { scalar in
            scalar.isASCII && "\"\\$`!'".unicodeScalars.contains(scalar)
                ? "%" + String(scalar.value, radix: 16, uppercase: true) : String(scalar)
        }.joined()
    }
}
