/// Texts at which numbers, times and texts are at their ends, or beyond.
enum Boundaries {
    static let numbers: [String] =
        [
            "0", "-0", "00", "1", "-1", "+1", "1.0", "1.5", "1e3", "1e400", "-1e400", "1E+400", "1e-400", "0x10", "٣", "NaN", "Infinity",
            "-2147483649", "-2147483648", "-2147483647", "2147483646", "2147483647", "2147483648", "4294967294", "4294967295",
            "4294967296", "9007199254740990", "9007199254740991", "9007199254740992", "9007199254740993",
            "-9223372036854775809", "-9223372036854775808", "-9223372036854775807", "9223372036854775806", "9223372036854775807",
            "9223372036854775808", "18446744073709551614", "18446744073709551615", "18446744073709551616",
            "170141183460469231731687303715884105728",
        ] + [20, 400].flatMap { [String(repeating: "9", count: $0), "-" + String(repeating: "9", count: $0)] }

    static let times: [String] = [
        "0000-01-01T00:00:00Z", "0000-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00-23:59", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00+14:00",
        "2016-12-31T23:59:60Z", "2024-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2099-01-01T00:00:00.000000001Z",
        "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:60Z", "9999-12-31T23:59:59-23:59",
        "10000-01-01T00:00:00Z", "292277-01-09T04:00:54.775807Z", "-290308-12-21T19:59:05.224192Z", "2024-01-01T00:00:00",
        "2024-01-01", "T", "Z",
    ]

    static let texts: [String] = [
        "", " ", "\u{0}", "a\u{0}b", "%", "%00", "%zz", "..", "../../etc/passwd", "\u{FFFD}", "e\u{301}", "\u{1F468}\u{200D}\u{1F469}",
        "{{name}}", "[::1]:65536", "1.2.3.4:99999", "1.2.3.4:-1", "::ffff:999.1.1.1", "0.0.0.0/33", "::/129", "0.0.0.0/-1",
        "key_" + String(repeating: "0", count: 32), "key_" + String(repeating: "f", count: 32), "key_" + String(repeating: "g", count: 32),
        String(repeating: "a", count: 5000), String(repeating: ",", count: 2000), String(repeating: "\u{1F600}", count: 1000),
    ]

    static let all = numbers + times + texts

    /// The texts as values in JSON: each as itself, where that can be a number, and as a string.
    static let json: [String] =
        numbers + all.map(quoted) + ["null", "true", "[]", "{}", "[[]]", "[null]", "[0]", #"{"a":0}"#, #"{"":""}"#]
        + (numbers + times).map { "[\(quoted($0))]" } + (numbers + times).map { "{\(quoted($0)):\(quoted($0))}" }

    static func quoted(_ text: String) -> String {
        "\""
            + text.unicodeScalars.map { scalar in
                switch scalar {
                case "\"", "\\": "\\\(scalar)"
                case _ where scalar.value < 0x20: "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
                default: String(scalar)
                }
            }.joined() + "\""
    }

    /// Returns a text for the path or the query of an address: everything but letters and digits is percent-encoded.
    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
