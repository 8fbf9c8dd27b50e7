extension Unicode.Scalar {
    /// Whether the scalar changes how the text around it is laid out: control characters, line and paragraph separators, and the
    /// marks that reorder text (UAX #9).
    public var isLayoutControl: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
