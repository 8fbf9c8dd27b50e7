/// The focus of a page that says what was refused: it is on the first notice about it, or on the first field or group of fields that is
/// wrong, so that a user with a keyboard or a screen reader begins there. Browsers do it by the attribute `autofocus`, without a script.
enum RefusalFocus {
    /// The attributes by which templates mark what is wrong, and what they need to have the focus. A notice and a group cannot have it
    /// by themselves.
    private static let marks: [(mark: [UInt8], attributes: String)] = [
        (Array(" role=\"alert\"".utf8), " tabindex=\"-1\" autofocus"), (Array(" data-invalid".utf8), " tabindex=\"-1\" autofocus"),
        (Array(" aria-invalid=\"true\"".utf8), " autofocus"),
    ]

    /// Returns a page with the focus on the first mark. Text from outside has no mark: its quotation marks are escaped, and it stands
    /// in no tag otherwise.
    static func added(to page: String) -> String {
        guard let (index, attributes) = first(page.utf8.span) else { return page }
        var page = page
        page.insert(contentsOf: attributes, at: page.utf8.index(page.startIndex, offsetBy: index))
        return page
    }

    private static func first(_ page: Span<UInt8>) -> (index: Int, attributes: String)? {
        for index in 0..<page.count where page[index] == UInt8(ascii: " ") {
            for (mark, attributes) in marks where stands(mark, in: page, at: index) { return (index, attributes) }
        }
        return nil
    }

    private static func stands(_ mark: [UInt8], in page: Span<UInt8>, at index: Int) -> Bool {
        guard index + mark.count <= page.count else { return false }
        for place in mark.indices where page[index + place] != mark[place] { return false }
        return true
    }
}
