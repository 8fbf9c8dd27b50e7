import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("The address of a tile")
struct TileAddressTests {
    @Test(
        "Is read as the standard writes it",
        arguments: [
            ("000", 0, 256), ("067", 67, 256), ("x001/x234/067", 1_234_067, 256), ("x001/000", 1000, 256), ("000.p/1", 0, 1),
            ("x001/x234/067.p/255", 1_234_067, 255), ("x018/x446/x744/x073/x709/551", 18_446_744_073_709_551, 256),
        ] as [(String, UInt64, Int)])
    func read(_ text: String, _ index: UInt64, _ width: Int) {
        let address = TileAddress(text.split(separator: "/"))
        #expect(address?.index == index)
        #expect(address?.width == width)
    }

    @Test(
        "Has one form",
        arguments: [
            "", "0", "67", "0067", "x067", "001/067", "x000/067", "x01/067", "000.p", "000.p/0", "000.p/256", "000.p/01", "000.p/1/2",
            "abc", "-01",
            "x001/x234/067/p/1", "x001/x446/x744/x073/x709/x551/615", "000.p/1.p/1",
        ])
    func refused(_ text: String) {
        #expect(TileAddress(text.split(separator: "/")) == nil)
    }
}
