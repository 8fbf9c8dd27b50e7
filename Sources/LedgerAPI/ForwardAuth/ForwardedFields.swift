/// The header fields by which a proxy describes the request that it forwards, each kind in the order of arrival.
package struct ForwardedFields: Sendable {
    package var methods: [String] = []
    package var targets: [String] = []
    /// The values of `X-Forwarded-For`.
    package var hops: [String] = []
    /// The values of `X-Real-IP`.
    package var addresses: [String] = []

    package init() {}
}
