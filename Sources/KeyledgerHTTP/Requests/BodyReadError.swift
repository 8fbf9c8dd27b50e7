/// The error that the rest of a body could not be read from its connection.
struct BodyReadError: Error {
    let cause: any Error
}
