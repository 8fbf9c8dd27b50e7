/// The error that nothing can be said about the data: what cannot be read now may be sound.
struct Unavailable: Error {
    let words: String
}
