/// A message about what was just done, shown on the next page. The address contains only its name, so that nobody can make the
/// dashboard show another text.
enum Notice: String {
    case revoked, renamed, disabled, enabled, unchanged, ended, keyInAddress

    init?(_ name: String?) {
        guard let notice = name.flatMap(Notice.init(rawValue:)) else { return nil }
        self = notice
    }

    var fields: TemplateContext {
        ["isGood": self != .ended && self != .unchanged && self != .keyInAddress, "isBad": self == .keyInAddress, "text": text]
    }

    private var text: String {
        switch self {
        case .revoked: "The key is revoked. It is refused from now on, everywhere."
        case .renamed: "The key has its new name."
        case .disabled: "The key is disabled. Whatever uses it is refused from now on."
        case .enabled: "The key is enabled: it is accepted again."
        case .unchanged: "Nothing had to be changed."
        case .ended: "The key has ended already, for good."
        case .keyInAddress:
            "There was a key in the address. Addresses are kept in histories and logs, so that key may have leaked: paste it into the"
                + " search to see which one it is, and rotate or revoke it. Nothing else was done."
        }
    }
}
