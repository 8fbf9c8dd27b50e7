-- For wrk: asks about random keys of a ledger, and prints what came of it on one line.
--   KEYLEDGER_QUESTION     verify: POST /v1/verify; auth: GET /v1/auth as a gateway asks it, with the customer's method, path and address
--   KEYLEDGER_SERVICE_KEY  the file with the key of the asking service
--   KEYLEDGER_SECRETS      the file with the keys asked about, one a line
local service = assert(io.open(os.getenv("KEYLEDGER_SERVICE_KEY"))):read("*l")
local secrets = {}
for line in io.lines(os.getenv("KEYLEDGER_SECRETS")) do
  secrets[#secrets + 1] = line
  if #secrets == 10000 then break end
end

local gateway = {["X-Original-Method"] = "GET", ["X-Original-URI"] = "/v1/listings/4711?page=2", ["X-Forwarded-For"] = "203.0.113.7"}
local isAuth = os.getenv("KEYLEDGER_QUESTION") == "auth"
if not isAuth then
  wrk.method = "POST"
  wrk.headers["Authorization"] = "Bearer " .. service
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  local secret = secrets[math.random(#secrets)]
  if isAuth then
    gateway["Authorization"] = "Bearer " .. secret
    return wrk.format("GET", "/v1/auth?scope=listings:read", gateway)
  end
  return wrk.format(nil, "/v1/verify", nil, '{"key":"' .. secret .. '","scopes":["listings:read"]}')
end

-- calls, seconds, refusals and failures, then p50, p99 and p99.9 in milliseconds
function done(summary, latency)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("figures %d %.3f %d %.2f %.2f %.2f\n", summary.requests, summary.duration / 1e6, bad,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000))
end
