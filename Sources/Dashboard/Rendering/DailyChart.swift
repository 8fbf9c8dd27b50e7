internal import KeyEvents
internal import Projections

/// The bar chart of uses and refusals in the last 30 days. Horizontal values are in percent of its width, vertical ones in
/// pixels.
struct DailyChart {
    private static let dayCount = 30
    /// The vertical positions of the plot's upper end and its zero line.
    private static let top = 8.0
    private static let zero = 168.0

    private let days: [(start: Timestamp, counts: UsageCounts)]

    /// Returns the beginning of the first day that is shown.
    static func start(until now: Timestamp) -> Timestamp {
        Views.Bucket.day.start(of: now) - .day * (dayCount - 1)
    }

    /// Creates a chart. `found` holds the days that have any uses or refusals.
    init(_ found: [(start: Timestamp, counts: UsageCounts)], until now: Timestamp) {
        let first = Self.start(until: now)
        let counts = Dictionary(found.map { ($0.start, $0.counts) }) { $1 }
        days = (0..<Self.dayCount).map { number in
            let start = first + .day * number
            return (start, counts[start] ?? UsageCounts())
        }
    }

    var fields: TemplateContext {
        let uses = days.reduce(0 as UInt64) { $0.saturatingAdding($1.counts.uses) }
        let refused = days.reduce(0 as UInt64) { $0.saturatingAdding($1.counts.refused) }
        let summary =
            uses == 0 && refused == 0
            ? "No uses in the last 30 days."
            : "\(Format.count(uses, "use")) and \(Format.count(refused, "refusal")) in the last 30 days (UTC)."
        return ["chartSummary": summary, "chart": uses == 0 && refused == 0 ? nil : chart(summary)]
    }

    private func chart(_ summary: String) -> TemplateContext {
        let end = Self.axisEnd(days.map { $0.counts.uses.saturatingAdding($0.counts.refused) }.max() ?? 0)
        let height = Self.zero - Self.top
        let ticks = [(Self.top, end), (Self.top + height / 2, end / 2), (Self.zero, 0)].map { y, value in
            ["tickY": Self.number(y), "tickTextY": Self.number(y + 4), "tickText": Self.tick(value)] as TemplateContext
        }
        let slot = 100 / Double(Self.dayCount)
        let labels = stride(from: 1, to: Self.dayCount, by: 7).map { number in
            ["labelX": Self.number((Double(number) + 0.5) * slot), "labelText": Format.day(days[number].start)] as TemplateContext
        }
        return [
            "chartLabel": summary + " The same figures are in the table below.", "ticks": ticks, "dayLabels": labels,
            "days": days.indices.map { day($0, slot, Double(end), height) },
        ]
    }

    private func day(_ number: Int, _ slot: Double, _ end: Double, _ height: Double) -> TemplateContext {
        let (start, counts) = days[number]
        func bar(_ count: UInt64) -> Double { count == 0 ? 0 : max(2, height * Double(count) / end) }
        let usesY = Self.zero - bar(counts.uses)
        let gap = counts.uses > 0 && counts.refused > 0 ? 1.0 : 0
        let x = Double(number) * slot
        return [
            "slotX": Self.number(x), "slotWidth": Self.number(slot), "barX": Self.number(x + 0.15 * slot),
            "barWidth": Self.number(0.7 * slot), "usesY": Self.number(usesY), "usesHeight": Self.number(bar(counts.uses)),
            "refusalsY": Self.number(usesY - bar(counts.refused) - gap), "refusalsHeight": Self.number(bar(counts.refused)),
            "dayTitle": "\(Format.day(start)): \(Format.count(counts.uses, "use")), \(Format.count(counts.refused, "refusal"))",
            "dayText": Format.date(start), "dayUsesText": Format.count(counts.uses), "dayRefusalsText": Format.count(counts.refused),
        ]
    }

    /// Returns the end of the axis: the smallest even 1, 2 or 5 times a power of ten that is not below the highest bar, as far
    /// as 64 bits reach.
    private static func axisEnd(_ maxValue: UInt64) -> UInt64 {
        var power: UInt64 = 1
        while true {
            for step in [1, 2, 5] as [UInt64] {
                let end = power.saturatingMultiplied(by: step)
                if end >= max(2, maxValue), end % 2 == 0 || end == .max { return end }
            }
            power = power.saturatingMultiplied(by: 10)
        }
    }

    private static func tick(_ value: UInt64) -> String { value > 99_999 ? Format.count(value / 1000) + "k" : Format.count(value) }

    /// Formats a number with at most three decimals.
    private static func number(_ value: Double) -> String {
        let thousandths = Int64((value * 1000).rounded())
        let whole = String(thousandths / 1000)
        let rest = abs(thousandths % 1000)
        if rest == 0 { return whole }
        var decimals = String(1000 + rest).dropFirst()
        while decimals.last == "0" { decimals.removeLast() }
        return (thousandths < 0 && thousandths > -1000 ? "-" : "") + whole + "." + decimals
    }
}
