import Foundation

// Writes a Swift file with one constant for each file of UTF-8 text:
//
//     embed-files OUTPUT FILE…
//
// The constant of `sign-in.mustache` is `EmbeddedFiles.sign_in_mustache`.

/// Returns the name of a file as an identifier: each sign that is neither a letter nor a digit becomes `_`.
func identifier(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
}

/// Returns a text as the literal of a string.
func literal(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": literal += "\\\""
        case "\\": literal += "\\\\"
        case "\n": literal += "\\n"
        case " "..."~": literal.unicodeScalars.append(scalar)
        default: literal += "\\u{\(String(scalar.value, radix: 16))}"
        }
    }
    return literal + "\""
}

/// Ends the program with a message.
func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("embed-files: \(message)\n".utf8))
    exit(1)
}

let arguments = CommandLine.arguments.dropFirst()
guard let output = arguments.first else { fail("usage: embed-files OUTPUT FILE…") }
var source = "enum EmbeddedFiles {\n"
for path in arguments.dropFirst() {
    let file = URL(filePath: path)
    guard let text = String(data: try Data(contentsOf: file), encoding: .utf8) else { fail("\(path) is not UTF-8") }
    source += "    static let \(identifier(file.lastPathComponent)) = \(literal(text))\n"
}
try Data((source + "}\n").utf8).write(to: URL(filePath: output))
