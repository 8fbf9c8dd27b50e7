internal import HTTPTypes
internal import LedgerAPI

extension ForwardedFields {
    /// Collects the fields in one pass, because looking for each name separately takes several times as long.
    init(_ headers: HTTPFields) {
        self.init()
        for field in headers {
            switch field.name {
            case .forwardedFor: hops.append(field.value)
            case .realIP: addresses.append(field.value)
            case .forwardedMethod, .originalMethod: methods.append(field.value)
            case .forwardedURI, .originalURI: targets.append(field.value)
            case .originalURL: targets.append(Self.target(ofURL: field.value))
            default: break
            }
        }
    }

    /// Returns the path and query of an address with scheme and host, as ingress-nginx sends it.
    private static func target(ofURL url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }

    /// Whether a request says anything about the client's address.
    static func tellOfAddress(_ headers: HTTPFields) -> Bool { headers.contains { $0.name == .forwardedFor || $0.name == .realIP } }
}

extension HTTPField.Name {
    fileprivate static let forwardedFor = Self("X-Forwarded-For")!
    fileprivate static let forwardedMethod = Self("X-Forwarded-Method")!
    fileprivate static let forwardedURI = Self("X-Forwarded-Uri")!
    fileprivate static let originalMethod = Self("X-Original-Method")!
    fileprivate static let originalURI = Self("X-Original-URI")!
    fileprivate static let originalURL = Self("X-Original-URL")!
    fileprivate static let realIP = Self("X-Real-IP")!
}
