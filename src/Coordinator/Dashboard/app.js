"use strict";

const $ = (id) => document.getElementById(id);
const number = (value, digits = 4) => (value === undefined || value === null ? "–" : Number(value).toPrecision(digits));
let selected = location.hash.slice(1) || null;
let stream = null;
let rows = [];
let generations = [];

function cells(row, values) {
  for (const value of values) {
    const cell = row.insertCell();
    if (value instanceof Node) cell.append(value);
    else cell.textContent = value;
  }
  return row;
}

function word(text) {
  const span = document.createElement("span");
  span.textContent = text;
  span.className = text;
  return span;
}

// The token stands in this tab's storage and goes into a header: no cookie that a browser would send by itself, and no address that a log would keep.
const tokenKey = "orchestrator-token";
let token = sessionStorage.getItem(tokenKey);

async function ask(path, options = {}) {
  const headers = token ? { ...options.headers, Authorization: `Bearer ${token}` } : options.headers;
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) askForToken(token !== null, response);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response;
}

const get = async (path) => (await ask(path)).json();

async function askForToken(wasRefused, response) {
  if (!$("entry").hidden) return;
  $("entry").hidden = false;
  $("token").focus();
  if (wasRefused) $("entry-why").textContent = (await response.json()).detail;
}

$("entry-form").addEventListener("submit", (e) => {
  e.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem(tokenKey, token);
  $("token").value = "";
  $("entry").hidden = true;
  refresh();
  if (selected) select(selected);
});

// Server-sent events by fetch, for EventSource sends no header. After a lost connection it goes on behind the last event that came.
function follow(path, heard) {
  const ended = new AbortController();
  let last = null;
  async function read() {
    const response = await ask(path, { headers: last ? { "Last-Event-ID": last } : {}, signal: ended.signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += part.value;
      const blocks = text.split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
        last = fields.id ?? last;
        if (fields.event) heard(fields.event, JSON.parse(fields.data));
      }
    }
  }
  (async () => {
    while (!ended.signal.aborted) {
      try {
        await read();
      } catch (error) {
        if (ended.signal.aborted) return;
        offline(error);
      }
      await new Promise((wake) => setTimeout(wake, 2000));
    }
  })();
  return { close: () => ended.abort() };
}

function showRuns(runs) {
  const body = $("runs").tBodies[0];
  body.replaceChildren();
  $("runs-empty").hidden = runs.length > 0;
  $("runs").hidden = runs.length === 0;
  for (const run of runs.toReversed()) {
    const link = document.createElement("button");
    link.textContent = `${run.name} (${run.id})`;
    link.addEventListener("click", () => select(run.id));
    const row = cells(body.insertRow(), [
      link, run.method, word(run.phase), `${run.step} / ${run.totalSteps || "?"}`, number(run.loss), number(run.samplesPerSecond, 3), run.worldSize,
    ]);
    if (run.id === selected) row.setAttribute("aria-current", "true");
  }
  if (!selected && runs.length > 0) select(runs[runs.length - 1].id);
}

function showWorkers(workers) {
  const body = $("workers").tBodies[0];
  body.replaceChildren();
  $("workers-empty").hidden = workers.length > 0;
  $("workers").hidden = workers.length === 0;
  for (const worker of workers) {
    cells(body.insertRow(), [
      worker.workerId, word(worker.state), worker.reason, worker.device, worker.rank ?? "–", worker.step, `${worker.silentSeconds.toFixed(0)} s ago`,
    ]);
  }
}

function showRun(run) {
  $("run").hidden = false;
  $("run-title").textContent = `${run.name} (${run.id})`;
  $("phase").textContent = run.phase;
  $("phase").className = `phase ${run.phase}`;
  $("reason").textContent = run.reason;
  $("progress").max = run.totalSteps || 1;
  $("progress").value = run.step;
  $("figures").textContent =
    `step ${run.step} of ${run.totalSteps || "?"} · epoch ${number(run.epoch, 3)} · loss ${number(run.loss)} · ${number(run.samplesPerSecond, 3)} samples/s · ${run.worldSize} ranks · generation ${run.generation}`;
}

function showDetail(detail) {
  const members = $("members").tBodies[0];
  members.replaceChildren();
  for (const m of detail.members) {
    cells(members.insertRow(), [m.rank, m.workerId, `${m.shardStart}–${m.shardStart + m.shardCount - 1}`, m.alive ? m.phase : word("lost"), m.step]);
  }
  generations = detail.generations;
  const table = $("generations").tBodies[0];
  table.replaceChildren();
  for (const g of generations.toReversed()) cells(table.insertRow(), [g.number, g.workers.join(", "), g.baseStep, g.cause]);
}

function addHistory(line) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = line.at;
  time.textContent = new Date(line.at).toLocaleTimeString();
  item.append(time, line.text);
  $("history").prepend(item);
}

function svg(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// At most one point a pixel column: the mean of the rows that fall into it. A column whose steps have no finite loss is a gap.
function drawCurve() {
  const curve = $("curve");
  curve.replaceChildren();
  if (rows.length === 0) {
    curve.append(svg("text", { x: 400, y: 130, "text-anchor": "middle" }, "no step yet"));
    return;
  }
  const [left, top, width, height] = [52, 10, 738, 220];
  const last = rows[rows.length - 1].step + 1;
  const columns = new Map();
  for (const row of rows) {
    const column = Math.floor((row.step / last) * width);
    const sum = columns.get(column) ?? [0, 0];
    const loss = row.losses.loss;
    columns.set(column, loss === null ? sum : [sum[0] + loss, sum[1] + 1]);
  }
  const points = [...columns].map(([x, [sum, count]]) => [x, count === 0 ? null : sum / count]);
  const values = points.map((p) => p[1]).filter((value) => value !== null);
  if (values.length === 0) {
    curve.append(svg("text", { x: 400, y: 130, "text-anchor": "middle" }, "no step has a finite loss yet"));
    return;
  }
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value) => top + height - ((value - low) / (high - low || 1)) * height;
  for (const value of [low, (low + high) / 2, high]) {
    curve.append(svg("line", { x1: left, x2: left + width, y1: y(value), y2: y(value) }));
    curve.append(svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, number(value, 3)));
  }
  for (const g of generations.slice(1)) {
    const x = left + (g.baseStep / last) * width;
    const mark = svg("line", { class: "generation", x1: x, x2: x, y1: top, y2: top + height });
    mark.append(svg("title", {}, `generation ${g.number}: ${g.cause}`));
    curve.append(mark);
  }
  const path = points.map(([x, value], i) =>
    value === null ? "" : `${i === 0 || points[i - 1][1] === null ? "M" : "L"}${(left + x).toFixed(1)} ${y(value).toFixed(1)}`);
  curve.append(svg("path", { d: path.join("") }));
  curve.append(svg("text", { x: left, y: 250 }, "step 0"));
  curve.append(svg("text", { x: left + width, y: 250, "text-anchor": "end" }, `step ${last - 1}`));
}

let drawing = false;
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawCurve();
  });
}

async function refreshDetail(id) {
  try {
    const detail = await get(`/api/v1/runs/${id}/detail`);
    if (id === selected) {
      showDetail(detail);
      drawSoon();
    }
  } catch (error) {
    offline(error);
  }
}

async function select(id) {
  selected = id;
  location.hash = id;
  stream?.close();
  rows = [];
  $("history").replaceChildren();
  let next = 0;
  try {
    while (next !== undefined && next !== null) {
      const page = await get(`/api/v1/runs/${id}/metrics?from=${next}`);
      if (id !== selected) return;
      rows.push(...page.rows);
      next = page.next;
    }
  } catch (error) {
    offline(error);
  }
  drawSoon();
  await refreshDetail(id);
  if (id !== selected) return;
  const followed = follow(`/api/v1/runs/${id}/events?from=${rows.length}`, (kind, data) => {
    if (id !== selected) return;
    if (kind === "run") {
      showRun(data);
      if (["completed", "failed", "canceled"].includes(data.phase)) setTimeout(() => followed.close(), 2000);
    } else if (kind === "step") {
      if (data.step === rows.length) rows.push(data);
      drawSoon();
    } else if (kind === "event") {
      addHistory(data);
      refreshDetail(id);
    }
  });
  stream = followed;
}

function offline(error) {
  $("connection").textContent = `the coordinator does not answer: ${error.message}`;
  $("connection").className = "bad";
}

async function refresh() {
  try {
    const [runs, workers] = await Promise.all([get("/api/v1/runs?limit=200"), get("/api/v1/workers")]);
    showRuns(runs.runs);
    showWorkers(workers.workers);
    $("connection").textContent = "live";
    $("connection").className = "";
    if (selected) refreshDetail(selected);
  } catch (error) {
    offline(error);
  }
}

async function poll() {
  if ($("entry").hidden) await refresh();
  setTimeout(poll, 2000);
}

if (selected) select(selected);
poll();
