internal import KeyEvents

/// One of a key's secrets, as the key's page shows it.
struct SecretRow {
    let fields: TemplateContext

    init(_ secret: KeySecret, of key: KeyState, lastUsedAt: Timestamp?, at now: Timestamp) {
        let words: String
        switch (key.status(of: secret, at: now), secret.retirement) {
        case (.active, _): words = "In force"
        case (.retired, _): words = "Ended"
        case (.retiring, .at(let date)?): words = "Works until " + Format.time(date)
        case (.retiring, .whenNewerIsUsedOrAt(let date)?):
            words = "Works until a newer one is used, at the latest until " + Format.time(date)
        case (.retiring, _): words = "Works until a newer one is used"
        }
        fields = [
            "secretHint": secret.record.hint, "secretStatusText": words, "secretUsedIso": lastUsedAt?.description,
            "secretUsedText": lastUsedAt.map(Format.time),
        ]
    }
}
