import Foundation
import TestSupport
import Testing

@Suite("The README's snippets")
struct ReadmeTests {
    @Test("Every Swift snippet is compiled as it stands")
    func snippets() throws {
        let readme = try String(contentsOf: Repository.file("README.md"), encoding: .utf8)
        let compiled = try String(contentsOf: Repository.file("Tests/KeyledgerClientTests/ReadmeSnippets.swift"), encoding: .utf8)
        let snippets = readme.components(separatedBy: "```swift\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
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
}
