internal import SwiftProtobuf

/// Bytes as the type that generated code holds them in. It is Foundation's, which this module does without; the library's
/// protocol names it well enough.
func wireBytes<Bytes: SwiftProtobufContiguousBytes>(_ bytes: [UInt8]) -> Bytes { Bytes(bytes) }
