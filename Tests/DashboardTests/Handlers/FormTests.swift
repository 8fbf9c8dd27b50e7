import Testing

@testable import Dashboard

/// What a form sends is taken apart by bytes, as browsers put it together.
@Suite struct FormTests {
    @Test func fieldsAreReadAsTheyWereWritten() {
        let form = Form("name=a+b%20c&scope=x&scope=y=z&empty=&bare&bad=%FF")
        #expect(form["name"] == "a b c")
        #expect(form.all("scope") == ["x", "y=z"])
        #expect(form["empty"] == "" && form["bare"] == "")
        #expect(form["bad"] == nil && form["other"] == nil)
    }

    /// A mark that joins with the separator before it is the beginning of a name or a value.
    @Test(arguments: ["\u{301}", "\u{20E3}", "\u{600}"])
    func separatorsAreBytes(_ mark: String) {
        let form = Form("a=\(mark)1&\(mark)b=2&c=3")
        #expect(form["a"].map { Array($0.utf8) } == Array("\(mark)1".utf8))
        #expect(form["\(mark)b"] == "2")
        #expect(form["c"] == "3")
    }
}
