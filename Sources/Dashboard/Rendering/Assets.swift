internal import Bytes
internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The stylesheet, the script and the icon, built into the program. Their paths contain a digest of their contents, so that
/// browsers may cache them for ever and still load a new version at once.
struct Assets: Sendable {
    private struct Asset {
        let type: String
        let bytes: [UInt8]
    }

    let css: String
    let js: String
    let icon: String
    private let assets: [String: Asset]

    init(base: String) {
        var assets: [String: Asset] = [:]
        func add(_ name: String, _ ending: String, _ type: String, _ text: String) -> String {
            let bytes = Array(text.utf8)
            let digest = SHA256.hash(data: bytes).prefix(8).map(\.hex).joined()
            let file = "\(name)-\(digest).\(ending)"
            assets[file] = Asset(type: type, bytes: bytes)
            return base + "/" + file
        }
        css = add("dashboard", "css", "text/css; charset=utf-8", EmbeddedFiles.dashboard_css)
        js = add("dashboard", "js", "text/javascript; charset=utf-8", EmbeddedFiles.dashboard_js)
        icon = add("icon", "svg", "image/svg+xml", EmbeddedFiles.icon_svg)
        self.assets = assets
    }

    func response(_ file: String) -> Response? {
        guard let asset = assets[file] else { return nil }
        return Response(
            status: .ok,
            headers: [
                .contentType: asset.type, .cacheControl: "public, max-age=31536000, immutable",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
    }
}
