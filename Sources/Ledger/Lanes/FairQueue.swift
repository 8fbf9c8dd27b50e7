/// Chooses which piece of work runs next where many tenants share few threads: tenants with waiting work are served round-robin, so
/// that a tenant with much work waits for itself. A pure value: it neither runs anything nor waits.
struct FairQueue<Tenant: Hashable, Job> {
    private struct Share {
        var waiting: [Job] = []
        var running = 0
    }

    private let limits: FairLimits
    private let isPrivileged: @Sendable (Tenant) -> Bool
    private var shares: [Tenant: Share] = [:]
    /// The tenants with waiting work, in the order in which they are served.
    private var ring: [Tenant] = []
    private(set) var waiting = 0
    private(set) var running = 0
    private var runningUnprivileged = 0

    init(_ limits: FairLimits, isPrivileged: @escaping @Sendable (Tenant) -> Bool) {
        self.limits = limits
        self.isPrivileged = isPrivileged
    }

    /// How many tenants have work that runs or waits.
    var tenants: Int { shares.count }

    func waiting(of tenant: Tenant) -> Int { shares[tenant]?.waiting.count ?? 0 }

    func running(of tenant: Tenant) -> Int { shares[tenant]?.running ?? 0 }

    /// Adds a piece of work.
    mutating func add(_ job: Job, of tenant: Tenant) throws(FairRefusal) {
        guard waiting(of: tenant) < limits.waitingOfTenant else { throw .tenantIsFull }
        guard waiting < limits.waiting - (isPrivileged(tenant) ? 0 : limits.waitingReserved) else { throw .isFull }
        if waiting(of: tenant) == 0 { ring.append(tenant) }
        shares[tenant, default: Share()].waiting.append(job)
        waiting += 1
    }

    /// Whether a thread may start work of this tenant now.
    func mayStart(_ tenant: Tenant) -> Bool {
        running < limits.threads && running(of: tenant) < limits.threadsOfTenant
            && (isPrivileged(tenant) || runningUnprivileged < limits.threads - limits.threadsReserved)
    }

    /// Whether `next` would return something.
    var hasStartable: Bool { ring.contains(where: mayStart) }

    /// The work to run now, which counts as running until `finish`; `nil` where none may start.
    mutating func next() -> (tenant: Tenant, job: Job)? {
        guard let place = ring.firstIndex(where: mayStart) else { return nil }
        let tenant = ring.remove(at: place)
        guard var share = shares[tenant], !share.waiting.isEmpty else { preconditionFailure("a tenant without work has its turn") }
        let job = share.waiting.removeFirst()
        share.running += 1
        shares[tenant] = share
        // The tenant is served again after all that wait.
        if !share.waiting.isEmpty { ring.append(tenant) }
        waiting -= 1
        running += 1
        if !isPrivileged(tenant) { runningUnprivileged += 1 }
        return (tenant, job)
    }

    mutating func finish(_ tenant: Tenant) {
        running -= 1
        if !isPrivileged(tenant) { runningUnprivileged -= 1 }
        shares[tenant]?.running -= 1
        forgetIfIdle(tenant)
    }

    /// Removes a piece of work that waits; `nil` where it no longer waits.
    mutating func remove(of tenant: Tenant, where isMeant: (Job) -> Bool) -> Job? {
        guard let place = shares[tenant]?.waiting.firstIndex(where: isMeant) else { return nil }
        let job = shares[tenant]?.waiting.remove(at: place)
        waiting -= 1
        if waiting(of: tenant) == 0 { ring.removeAll { $0 == tenant } }
        forgetIfIdle(tenant)
        return job
    }

    /// Drops a tenant without work: there may be a million tenants, of which few have work at a time.
    private mutating func forgetIfIdle(_ tenant: Tenant) {
        if waiting(of: tenant) == 0, running(of: tenant) == 0 { shares[tenant] = nil }
    }
}
