-- Apache's side of asking Keyledger; called by apache.conf. Needs lua-socket.
--
-- Each request comes through `check`, which either puts the identity of the customer into it or answers it with Keyledger's refusal.

local socket = require "socket"

-- How long connecting, and all of a question, may take, in seconds.
local connecting, patience = 2, 5

local identity = { "X-Key-Id", "X-Key-Name", "X-Key-Scopes", "X-Account-Id" }
-- What Keyledger has to know of the customer's request, beside its method, address and origin.
local passed_on = { "Authorization", "X-API-Key", "Origin", "Access-Control-Request-Method" }
local told_to_client = { "Cache-Control", "WWW-Authenticate", "Retry-After", "X-Keyledger-Code" }
-- What clients must not decide: headers of these names, or that begin so.
local discarded = { "^forwarded$", "^upgrade$", "^x%-real%-ip$", "^x%-rewrite%-url$", "^x%-method%-override$", "^x%-http%-method",
    "^x%-key%-", "^x%-account%-", "^x%-keyledger%-", "^x%-forwarded%-", "^x%-original%-" }

-- The statuses with which Keyledger says why a request may not pass. Any other is an outage.
local refusals = { [400] = true, [401] = true, [403] = true, [429] = true, [503] = true }
local unavailable = [[{"type":"urn:keyledger:problem:unavailable","title":"The ledger is unavailable","status":503,"code":"UNAVAILABLE","detail":"The API key cannot be checked now; ask again later.","field":null}]]

local function is_discarded(name)
    -- To many backends a header with another sign than a hyphen would be the same as one with a hyphen.
    if name:find("[^%w%-]") then return true end
    for _, pattern in ipairs(discarded) do
        if name:lower():find(pattern) then return true end
    end
    return false
end

-- Leaves only what may reach the backend.
local function discard(r)
    local is_websocket = (r.headers_in["Upgrade"] or ""):lower() == "websocket"
    local does_close = (r.headers_in["Connection"] or ""):lower():find("close", 1, true) ~= nil
    for name in pairs(r:headers_in_table()) do
        if is_discarded(name) then r.headers_in[name] = nil end
    end
    -- A client may name headers that end here (RFC 9110 section 7.6.1): not those that say who the customer is.
    r.headers_in["Connection"] = is_websocket and "Upgrade" or does_close and "close" or nil
    if is_websocket then r.headers_in["Upgrade"] = "websocket" end
end

local function connect(address)
    local path = address:match("^unix:(.*)")
    local host, port = address:match("^(.*):(%d+)$")
    local connection = path and require "socket.unix"() or socket.tcp()
    connection:settimeout(connecting)
    local is_connected
    if path then is_connected = connection:connect(path) else is_connected = connection:connect(host, tonumber(port)) end
    return is_connected and connection
end

local function question(r)
    local lines = {
        "GET " .. r.subprocess_env["ASKED"] .. " HTTP/1.1", "Host: keyledger", "Connection: close",
        "X-Forwarded-Method: " .. r.method, "X-Forwarded-Uri: " .. r.unparsed_uri, "X-Forwarded-For: " .. r.useragent_ip }
    -- Without --auth-listen: ask on the main port, with the gateway's key from the environment.
    -- lines[#lines + 1] = "X-Keyledger-Service-Key: " .. os.getenv("KEYLEDGER_SERVICE_KEY")
    for _, name in ipairs(passed_on) do
        -- Of several headers of one name Apache makes one, with commas; Keyledger refuses that too.
        if r.headers_in[name] then lines[#lines + 1] = name .. ": " .. r.headers_in[name] end
    end
    return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

-- Status, headers and body; nothing if there is no whole answer in time.
local function ask(r)
    local connection = connect(r.subprocess_env["KEYLEDGER"])
    if not connection then return end
    connection:settimeout(patience)
    connection:settimeout(patience, "t")
    local is_sent = connection:send(question(r))
    local answer = is_sent and connection:receive("*a")
    connection:close()
    local status, fields, body = (answer or ""):match("^HTTP/1%.1 (%d%d%d)[^\r\n]*\r\n(.-\r\n)\r\n(.*)$")
    if not status then return end
    local headers = {}
    for name, value in fields:gmatch("([^:\r\n]+):%s*([^\r\n]*)\r\n") do headers[name:lower()] = value end
    if #body ~= tonumber(headers["content-length"]) then return end
    return tonumber(status), headers, body
end

local function refuse(r, status, headers, body)
    r.status = status
    r.content_type = "application/problem+json"
    for _, name in ipairs(told_to_client) do
        if headers[name:lower()] then r.err_headers_out[name] = headers[name:lower()] end
    end
    r:puts(body)
    return apache2.DONE
end

function check(r)
    discard(r)
    -- Of all answers, the backend's too.
    r.err_headers_out["Access-Control-Allow-Origin"] = r.subprocess_env["ALLOWED_ORIGIN"]
    local status, headers, body = ask(r)
    -- What else answers at that address does not send this header.
    local is_verdict = status and headers["x-keyledger-status"]
    if not is_verdict or status ~= 200 and not refusals[status] then
        return refuse(r, 503, { ["cache-control"] = "no-store", ["retry-after"] = "1" }, unavailable)
    end
    if status ~= 200 then return refuse(r, status, headers, body) end
    for _, name in ipairs(identity) do r.headers_in[name] = headers[name:lower()] end
    return apache2.OK
end
