import KeyEvents
import Testing

@testable import EventLog

@Suite struct CheckpointTests {
    @Test func isWrittenAsTheStandardSays() {
        let checkpoint = Checkpoint(origin: "example.com/behind-the-sofa", size: 20_852_163, root: MerkleHash.empty)
        #expect(
            checkpoint.text == "example.com/behind-the-sofa\n20852163\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
        #expect(Checkpoint(text: checkpoint.text) == checkpoint)
    }

    @Test func furtherLinesAreKept() {
        let text = "origin\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n"
        #expect(Checkpoint(text: text)?.text == text)
    }

    @Test(arguments: [
        "", "origin\n1\n", "origin\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "origin\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "origin\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "origin\n1\n47DEQpj8HBSa\n",
        "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "origin\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "origin\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    ])
    func refuses(_ text: String) {
        #expect(Checkpoint(text: text) == nil)
    }
}
