// The calls of a plan (see plan.py) with Node's fetch, or with its older module `http` and an agent that keeps connections.
//
//     node calls.mjs fetch|http PLAN ANSWERS
import { appendFileSync, readFileSync } from "node:fs";
import http from "node:http";

const [way, planFile, answersFile] = process.argv.slice(2);
const secondsMax = 5;
const agent = new http.Agent({ keepAlive: true });

async function withFetch(method, url, headers, mode, body) {
  const options = { method, headers, signal: AbortSignal.timeout(secondsMax * 1000) };
  if (mode === "chunked") {
    options.body = new Blob([body]).stream();
    options.duplex = "half";
  } else if (mode !== "none") {
    options.body = body;
  }
  const response = await fetch(url, options);
  return [response.status, [...response.headers], Buffer.from(await response.arrayBuffer())];
}

function withHttp(method, url, headers, mode, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent, timeout: secondsMax * 1000 }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const fields = [];
        for (let at = 0; at < response.rawHeaders.length; at += 2) fields.push(response.rawHeaders.slice(at, at + 2));
        resolve([response.statusCode, fields, Buffer.concat(parts)]);
      });
    });
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    for (const [name, value] of headers) request.appendHeader(name, value);
    if (mode === "none") return request.end();
    if (mode === "chunked") {
      request.write(body.slice(0, 10));
      return request.end(body.slice(10));
    }
    request.setHeader("Content-Length", Buffer.byteLength(body));
    if (mode !== "expect") return request.end(body);
    request.setHeader("Expect", "100-continue");
    request.on("continue", () => request.end(body));
    request.flushHeaders();
  });
}

async function call(row) {
  const [, method, url, mode, body, fields] = row.split("\t");
  const headers = fields.split("\x1f").filter(Boolean).map((field) => field.split(/: (.*)/s, 2));
  const began = performance.now();
  try {
    const [status, answered, text] = await (way === "fetch" ? withFetch : withHttp)(method, url, headers, mode, body);
    const took = Math.round(performance.now() - began);
    return [status, took, answered.map((field) => field.join(": ")).join("\x1f"), text.toString("base64"), ""].join("\t");
  } catch (problem) {
    return [0, Math.round(performance.now() - began), "", "", `${problem} ${problem.cause ?? ""}`.replace(/\s+/g, " ")].join("\t");
  }
}

const plan = readFileSync(planFile, "utf8").split("\n").filter(Boolean);
const workers = new Map();
plan.forEach((row, index) => {
  const worker = row.split("\t", 1)[0];
  workers.set(worker, [...(workers.get(worker) ?? []), index]);
});
async function work(indices) {
  for (const index of indices) appendFileSync(answersFile, `${index}\t${await call(plan[index])}\n`);
}
await Promise.all([...workers.values()].map(work));
agent.destroy();
