import Foundation
import TestSupport
import Testing

@Suite("The snippets of README.md and the articles")
struct ReadmeTests {
    @Test("Every Swift snippet is compiled as it stands")
    func snippets() throws {
        let compiled = try String(contentsOf: Repository.file("Tests/KeyledgerClientTests/ReadmeSnippets.swift"), encoding: .utf8)
        let snippets = try Self.documents().flatMap { document in
            document.components(separatedBy: "```swift\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
        }
        #expect(snippets.count == 2)
        for snippet in snippets {
            // Imports stand together at the top of the compiled file.
            let (imports, code) = (
                snippet.split(separator: "\n").filter { $0.hasPrefix("import ") }, snippet.replacing(/(import \w+\n)+\n/, with: "")
            )
            for line in imports { #expect(compiled.contains(line + "\n")) }
            #expect(compiled.contains(code), "\(code)")
        }
    }

    /// The texts of README.md and of every article in a DocC catalog.
    private static func documents() throws -> [String] {
        let sources = Repository.file("Sources").path
        let articles = try FileManager.default.subpathsOfDirectory(atPath: sources)
            .filter { $0.hasSuffix(".md") && $0.contains(".docc/") }
            .map { "Sources/" + $0 }
        #expect(!articles.isEmpty)
        return try (["README.md"] + articles.sorted()).map { try String(contentsOf: Repository.file($0), encoding: .utf8) }
    }
}
