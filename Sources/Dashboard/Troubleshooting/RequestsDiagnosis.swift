/// What is wrong with each of the requests in a pasted text, and what is said of all of them.
struct RequestsDiagnosis {
    private let diagnoses: [RequestDiagnosis]
    /// The maximum number of requests that are told one by one.
    private static let maxRows = 20

    /// Diagnoses the requests for the user who pasted them.
    init(_ requests: [PastedRequest], _ signedIn: SignedInRequest) throws {
        diagnoses = try requests.map { try RequestDiagnosis($0, signedIn) }
    }

    /// The fields of the template.
    var fields: TemplateContext {
        guard diagnoses.count > 1 else { return diagnoses.first?.fields ?? [:] }
        let shown = firstIndex(.bad) ?? firstIndex(.note) ?? 0
        let number = Format.count(shown + 1)
        let bound = diagnoses.count >= PastedText.maxRequests ? "at least " : ""
        return diagnoses[shown].fields(
            diagnoses[shown].tone, headline(shown),
            summary: "Read as \(bound)\(total) requests. The checks in full are those of number \(number).",
            before: rows)
    }

    private var total: String { Format.count(diagnoses.count) }

    private func firstIndex(_ tone: RequestDiagnosis.Tone) -> Int? { diagnoses.firstIndex { $0.tone == tone } }

    /// The sentence on all requests, which names those with a fault.
    private func headline(_ shown: Int) -> String {
        let faulty = diagnoses.indices.filter { diagnoses[$0].tone == .bad }
        if Set(diagnoses.map(\.headline)).count == 1, let first = diagnoses.first {
            return first.tone == .good
                ? "All \(total) requests are right: their keys are active and sent as they should be."
                : "All \(total) requests: \(first.headline)"
        }
        guard let first = faulty.first else {
            return "None of the \(total) requests has a fault that can be seen. What else decides is below."
        }
        if faulty.count == diagnoses.count { return "All \(total) requests have a fault, each its own: see below." }
        if faulty.count == 1 { return "\(name(first)) of \(total) has a fault: \(diagnoses[first].headline)" }
        let numbers = faulty.prefix(Self.maxRows).map { Format.count($0 + 1) }
        let list = numbers.dropLast().joined(separator: ", ") + " and " + (numbers.last ?? "")
        return "\(faulty.count) of \(total) requests have a fault: number \(list)."
    }

    private func name(_ index: Int) -> String {
        "Request \(Format.count(index + 1))" + (diagnoses[index].request.method.map { " (\($0))" } ?? "")
    }

    /// A row for each request.
    private var rows: [RequestDiagnosis.Check] {
        let rows = diagnoses.prefix(Self.maxRows).indices.map { index in
            let diagnosis = diagnoses[index]
            let state: RequestDiagnosis.State = diagnosis.tone == .bad ? .wrong : diagnosis.tone == .note ? .note : .ok
            let cause = diagnosis.checks.first { $0.state == state && state != .ok }?.text
            return RequestDiagnosis.Check(
                label: name(index), state: state,
                text: state == .ok
                    ? "The key is active, and sent as it should be."
                    : [diagnosis.headline, cause].compactMap(\.self).joined(separator: " "))
        }
        guard diagnoses.count > Self.maxRows else { return rows }
        let rest = diagnoses.dropFirst(Self.maxRows).count { $0.tone == .bad }
        return rows + [
            RequestDiagnosis.Check(
                label: "The others", state: rest > 0 ? .wrong : .ok,
                text: rest > 0 ? "\(Format.count(rest)) of the others have a fault too." : "None of the others has a fault.")
        ]
    }
}
