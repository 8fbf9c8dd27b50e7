-- HAProxy's side of asking Keyledger; loaded and called by haproxy.cfg.
--
-- The action `keyledger` takes the address at which to ask, which says what the request needs, and either puts the identity of the
-- customer into the request or answers it with Keyledger's refusal.

-- The section `listen keyledger` of haproxy.cfg, which has the real address.
local origin, listener = "http://keyledger", "abns@keyledger"

-- In milliseconds; more than that section waits.
local patience = 8000

local identity = { "X-Key-Id", "X-Key-Name", "X-Key-Scopes", "X-Account-Id" }
-- What Keyledger has to know of the customer's request, beside its method, address and origin.
local passed_on = { "authorization", "x-api-key", "origin", "access-control-request-method" }
local told_to_client = { "content-type", "cache-control", "www-authenticate", "retry-after", "x-keyledger-code" }

-- The statuses with which Keyledger says why a request may not pass. Any other is an outage.
local refusals = { [400] = true, [401] = true, [403] = true, [429] = true, [503] = true }
local unavailable = [[{"type":"urn:keyledger:problem:unavailable","title":"The ledger is unavailable","status":503,"code":"UNAVAILABLE","detail":"The API key cannot be checked now; ask again later.","field":null}]]

-- A list of HAProxy's, which begins with 0, as one of Lua's.
local function list(values)
    local found, index = {}, 0
    while values and values[index] do
        found[index + 1] = values[index]
        index = index + 1
    end
    return found
end

local function refuse(txn, status, headers, body)
    local reply = txn:reply({ status = status })
    for _, header in ipairs(headers) do reply:add_header(header[1], header[2]) end
    reply:set_body(body)
    txn:done(reply)
end

local function ask(txn, address)
    local sent = txn.http:req_get_headers()
    local headers = {
        ["host"] = { "keyledger" },
        ["x-forwarded-method"] = { txn.sf:method() },
        ["x-forwarded-uri"] = { txn.sf:pathq() },
        ["x-forwarded-for"] = { txn.sf:src() },
    }
    for _, name in ipairs(passed_on) do
        if sent[name] then headers[name] = list(sent[name]) end
    end
    return core.httpclient():get({
        url = origin .. address, headers = headers, timeout = patience, dst = listener })
end

core.register_action("keyledger", { "http-req" }, function(txn, address)
    local answer = ask(txn, address)
    -- Where Keyledger does not answer, HAProxy does in its place, but not with this header.
    local is_verdict = answer.headers and answer.headers["x-keyledger-status"]
    if not is_verdict or answer.status ~= 200 and not refusals[answer.status] then
        return refuse(txn, 503, {
            { "Content-Type", "application/problem+json" }, { "Cache-Control", "no-store" }, { "Retry-After", "1" },
        }, unavailable)
    end
    if answer.status == 200 then
        for _, name in ipairs(identity) do txn.http:req_set_header(name, answer.headers[name:lower()][0]) end
        return
    end
    local headers = {}
    for _, name in ipairs(told_to_client) do
        for _, value in ipairs(list(answer.headers[name])) do headers[#headers + 1] = { name, value } end
    end
    refuse(txn, answer.status, headers, answer.body)
end, 1)
