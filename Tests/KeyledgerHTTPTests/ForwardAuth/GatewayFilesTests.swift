import Foundation
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("The configurations of gateways that are shipped")
struct GatewayFilesTests {
    private static let folder = Repository.file("tools/gateways")

    /// The addresses at which each file asks, as the gateway's program sends them for a request to `/a`.
    private static func addresses(in file: String) throws -> [String] {
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        let code = text.split(separator: "\n").filter { !$0.drop { $0 == " " || $0 == "\t" }.hasPrefix("#") }.joined(separator: "\n")
        return code.matches(of: #//v1/auth[^\s;'"]*/#).map { match in
            let address = match.output.replacing("$required_scope", with: "a:b")
            return address.hasPrefix("/v1/auth/for/") ? address + "/a" : String(address)
        }
    }

    @Test("Each asks about live keys, wherever it asks, and for a scope")
    func environment() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { file in
            file == "Caddyfile" || [".conf", ".cfg", ".yaml"].contains { file.hasSuffix($0) }
        }
        let names: Set = [
            "nginx.conf", "Caddyfile", "envoy.yaml", "traefik.yaml", "haproxy.cfg", "apache.conf", "ingress-nginx.yaml",
        ]
        #expect(Set(files) == names)
        for file in files {
            let addresses = try Self.addresses(in: file)
            #expect(addresses.count == (file.contains("nginx") ? 1 : 2), "\(file): \(addresses)")
            for address in addresses {
                let requirements = try #require(AuthAddress(target: address)?.requirements, "\(file): \(address)")
                let wanted = requirements.split(separator: "&")
                #expect(wanted.filter { $0.hasPrefix("environment=") } == ["environment=live"], "\(file): \(address)")
                #expect(wanted.contains { $0.hasPrefix("scope=") }, "\(file): \(address)")
            }
        }
    }
}
