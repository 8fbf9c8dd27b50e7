internal import Bytes
internal import Foundation

/// Reads the settings for a key in what Postman and Insomnia export.
enum ExportedAuth {
    /// Finds the requests of an export that send a key.
    ///
    /// - Parameter text: The export, or the member `"auth": {…}` of one.
    /// - Returns: The requests with the headers or the parameters that the programs make of the settings, each once, in order; none where
    ///   the text is no export.
    static func requests(_ text: String) -> [PastedRequest] {
        let text = text.trimmingWhiteSpace
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "{") }), text.contains("\"auth\"") || text.contains("\"authentication\"")
        else { return [] }
        let whole = text.hasPrefix("\"") ? "{" + (text.hasSuffix(",") ? String(text.dropLast()) : text) + "}" : text
        guard let value = try? JSONSerialization.jsonObject(with: Data(whole.utf8)) else { return [] }
        var requests: [PastedRequest] = []
        collect(value, depth: 0, into: &requests)
        return requests
    }

    private static let maxDepth = 32

    private static func collect(_ value: Any, depth: Int, into requests: inout [PastedRequest]) {
        guard depth < maxDepth else { return }
        if let list = value as? [Any] {
            for item in list { collect(item, depth: depth + 1, into: &requests) }
        } else if let object = value as? [String: Any] {
            if let auth = (object["auth"] ?? object["authentication"]) as? [String: Any], let field = field(auth) {
                var request = PastedRequest(form: .code)
                request.method = (object["method"] as? String).flatMap(Method.read)
                request.addresses = address(object["url"]).map { [$0] } ?? []
                request.fields = [field]
                if requests.count < PastedText.maxRequests, !requests.contains(request) { requests.append(request) }
            }
            for name in object.keys.sorted() where name != "auth" && name != "authentication" {
                if let member = object[name] { collect(member, depth: depth + 1, into: &requests) }
            }
        }
    }

    /// The address of a request: Postman gives it in parts, with the whole beside them.
    private static func address(_ value: Any?) -> String? {
        value as? String ?? (value as? [String: Any])?["raw"] as? String
    }

    private static func field(_ auth: [String: Any]) -> PastedRequest.Field? {
        guard let type = (auth["type"] as? String)?.lowercased() else { return nil }
        let settings = settings(auth, type)
        switch type {
        case "bearer":
            guard let token = settings["token"] else { return nil }
            return made("Authorization", "Bearer " + token, place: .header)
        case "apikey":
            guard let value = settings["value"] else { return nil }
            let place = (settings["in"] ?? settings["addTo"] ?? "header").lowercased()
            return made(settings["key"] ?? "X-API-Key", value, place: place.hasPrefix("query") ? .query : .header)
        default: return nil
        }
    }

    private static func made(_ name: String, _ value: String, place: PastedRequest.Place) -> PastedRequest.Field {
        .init(name: name, value: value, place: place, isComputed: value.contains("{{"), isCode: true)
    }

    /// The settings of a scheme: Postman lists them as pairs of a key and a value, or as members; with Insomnia they stand beside the
    /// type.
    private static func settings(_ auth: [String: Any], _ type: String) -> [String: String] {
        if let pairs = auth[type] as? [[String: Any]] {
            var settings: [String: String] = [:]
            for pair in pairs { if let key = pair["key"] as? String, let value = pair["value"] as? String { settings[key] = value } }
            return settings
        }
        return (auth[type] as? [String: Any] ?? auth).compactMapValues { $0 as? String }
    }
}
