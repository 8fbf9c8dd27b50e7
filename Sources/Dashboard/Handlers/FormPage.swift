internal import Hummingbird

/// A page with a form. Where the form is refused, the page is shown again with what was filled in (`SignedInRequest.showAgain`).
protocol FormPage: Sendable {
    init(signedIn: SignedInRequest) throws

    /// Shows the form as it was filled in, or as it begins.
    func show() throws -> Response
}
