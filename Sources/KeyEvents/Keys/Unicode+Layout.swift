extension Unicode.Scalar {
    /// Whether the scalar changes how the text around it is laid out: control characters, line and paragraph separators, and the
    /// marks that reorder text (UAX #9).
    public var isLayoutControl: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// Whether the scalar is no character, or is meant for machines alone: noncharacters, tags (which spell text that nobody sees),
    /// interlinear annotations, and format controls that Unicode advises against. In the flags of countries tags have their place:
    /// see `PlainText.hidden`.
    var isHidden: Bool {
        switch value {
        case 0x206A...0x206F, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
        default: properties.isNoncharacterCodePoint
        }
    }

    /// Whether the scalar is a tag that may stand in a flag: a small letter or a digit.
    fileprivate var isTagOfFlag: Bool { (0xE0061...0xE007A).contains(value) || (0xE0030...0xE0039).contains(value) }
}

extension PlainText {
    /// Returns the scalars of a text that hide something or are no characters, by their numbers. The tags of an emoji flag, from the
    /// black flag to the tag that ends them (UTS #51), hide nothing.
    public static func hidden(in text: String) -> Set<Int> {
        let scalars = text.unicodeScalars
        guard scalars.contains(where: \.isHidden) else { return [] }
        var hidden: Set<Int> = []
        var tags: [Int]?
        for (number, scalar) in scalars.enumerated() {
            if let known = tags, scalar.isTagOfFlag {
                tags = known + [number]
                continue
            }
            let endsFlag = scalar.value == 0xE007F && tags?.isEmpty == false
            if !endsFlag { hidden.formUnion(tags ?? []) }
            tags = scalar.value == 0x1F3F4 ? [] : nil
            if scalar.isHidden, !endsFlag { hidden.insert(number) }
        }
        return hidden.union(tags ?? [])
    }

    /// Returns what is wrong with the characters of a text that people read, as a clause; `nil` where nothing is.
    static func problem(_ text: String) -> String? {
        if text.unicodeScalars.contains(where: \.isLayoutControl) { return "holds a control character." }
        guard let number = hidden(in: text).min() else { return nil }
        let code = text.unicodeScalars[text.unicodeScalars.index(text.unicodeScalars.startIndex, offsetBy: number)].value
        return "holds what is no character or cannot be seen (U+\(String(code, radix: 16, uppercase: true)))."
    }
}
