internal import Bytes

/// The keys of other products that people put in the place of one of this service.
enum OtherProduct {
    private static let beginnings: [(String, String)] = [
        ("sk_live_", "a secret key of Stripe"), ("sk_test_", "a secret key of Stripe"), ("pk_live_", "a public key of Stripe"),
        ("pk_test_", "a public key of Stripe"), ("rk_live_", "a key of Stripe"), ("rk_test_", "a key of Stripe"),
        ("whsec_", "a webhook secret of Stripe"), ("ghp_", "a token of GitHub"), ("gho_", "a token of GitHub"),
        ("ghu_", "a token of GitHub"),
        ("ghs_", "a token of GitHub"), ("ghr_", "a token of GitHub"), ("github_pat_", "a token of GitHub"), ("glpat-", "a token of GitLab"),
        ("xoxb-", "a token of Slack"), ("xoxp-", "a token of Slack"), ("xapp-", "a token of Slack"), ("akia", "an access key of AWS"),
        ("asia", "an access key of AWS"), ("aiza", "a key of Google"), ("ya29.", "a token of Google"), ("sk-ant-", "a key of Anthropic"),
        ("sk-proj-", "a key of OpenAI"), ("sk-", "a key of OpenAI or a similar product"), ("sg.", "a key of SendGrid"),
        ("npm_", "a token of npm"), ("shpat_", "a token of Shopify"), ("shpss_", "a secret of Shopify"), ("hf_", "a token of Hugging Face"),
        ("dop_v1_", "a token of DigitalOcean"), ("lin_api_", "a key of Linear"), ("pat-", "a token of HubSpot"),
        ("eaa", "a token of Facebook"),
        ("key-", "a key of Mailgun"), ("pypi-", "a token of PyPI"), ("figd_", "a token of Figma"), ("secret_", "a token of Notion"),
        ("ntn_", "a token of Notion"), ("atatt", "a token of Atlassian"), ("rnd_", "a key of Render"), ("vercel_", "a token of Vercel"),
        ("unkey_", "a key of Unkey"), ("sbp_", "a key of Supabase"), ("re_", "a key of Resend"),
    ]

    /// Says whose key a text is; `nil` for one that is not known.
    static func problem(_ text: String) -> String? {
        name(text).map { "This is \($0), not a key of this service. Look for the key that was created here." }
    }

    private static func name(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 12 else { return nil }
        if bytes.has("eyj", at: 0), bytes.contains(UInt8(ascii: ".")) {
            return "a JSON Web Token (JWT), as a sign-in service gives it out: it belongs to another product"
        }
        if isUUID(bytes) { return "a UUID, which another product uses as its key or id" }
        if let (_, name) = beginnings.first(where: { bytes.has($0.0, at: 0) }), !bytes.contains(.space) {
            return name + ": it belongs to another product"
        }
        if bytes.count >= 24, bytes.allSatisfy(\.isHexDigit) { return "a hexadecimal token of another product" }
        return nil
    }

    private static func isUUID(_ bytes: [UInt8]) -> Bool {
        bytes.count == 36
            && bytes.indices.allSatisfy { [8, 13, 18, 23].contains($0) ? bytes[$0] == UInt8(ascii: "-") : bytes[$0].isHexDigit }
    }
}
