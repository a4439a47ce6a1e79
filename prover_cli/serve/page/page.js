"use strict";
const byId = (id) => document.getElementById(id);
const rates = [];
const shownBefore = {};
let token = sessionStorage.getItem("token") || "";

// Everything is set as text, never as markup: ids come from outside.
function made(tag, text, kind) {
  const one = document.createElement(tag);
  one.textContent = text;
  if (kind) one.className = kind;
  return one;
}
// What is unchanged is left alone, for those who select it or have it read to them.
function once(name, value, draw) {
  const written = JSON.stringify(value);
  if (shownBefore[name] === written) return;
  shownBefore[name] = written;
  draw();
}
function fill(table, heads, rows, none) {
  once(table, rows, () => {
    const row = (cells) => { const one = document.createElement("tr"); one.append(...cells); return one; };
    if (!rows.length) return byId(table).replaceChildren(row([made("td", none, "soft none")]));
    const head = heads.map(([text, kind]) => { const one = made("th", text, kind); one.scope = "col"; return one; });
    byId(table).replaceChildren(row(head), ...rows.map((cells) => row(cells.map(([t, k]) => made("td", t, k)))));
  });
}
function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}
function state(text, good) {
  once("state", [text, good], () => {
    byId("state").textContent = text;
    byId("state").className = good ? "good" : "bad";
  });
}

function show(s) {
  state(s.draining ? "shutting down" : s.ready ? "ready" : "not ready", s.ready);
  byId("about").textContent = `version ${s.version}, up ${duration(s.uptime)}`;
  byId("rate").textContent = s.rate.toFixed(s.rate < 10 ? 2 : 0);
  byId("proved").textContent = s.counts.proved;
  byId("failed").textContent = s.counts.failed;
  byId("waiting").textContent = s.queue.waiting;
  byId("places").textContent = `${s.queue.taken} of ${s.queue.places} places taken`;
  rates.push(s.rate);
  if (rates.length > 300) rates.shift();
  const top = Math.max(...rates, 0.001);
  byId("line").setAttribute("points", rates.length < 2 ? "" : rates.map((r, i) => `${300 - rates.length + i},${38 - 36 * r / top}`).join(" "));
  byId("noline").hidden = rates.some((rate) => rate > 0);
  fill("workers", [["worker"], ["pid", "n"], ["now"], ["proofs", "n"], ["failures", "n"], ["restarts", "n"], ["busy", "n"]],
    s.workers.map((w) => [[w.worker], [w.pid ?? "–", "n"],
      w.proving ? [`proving, ${w.seconds.toFixed(1)} s`, "proving"] : [w.pid ? "idle" : "not started yet", "soft"],
      [w.proofs, "n"], [w.failures, "n"], [w.restarts, "n"],
      [`${Math.min(100, Math.round(100 * w.busySeconds / Math.max(1, s.uptime)))} %`, "n"]]), "No workers yet.");
  fill("circuits", [["circuit"], ["takes"], ["curve"], ["domain", "n"], ["public", "n"], ["tables"]],
    s.circuits.map((c) => [[c.id], [c.takes.includes("input") ? "inputs, witnesses" : "witnesses only"], [c.curve],
      [c.domainSize, "n"], [c.publicSignals, "n"], [c.prepared ? "yes" : "no"]]), "No circuits.");
  const now = Date.now() / 1000;
  fill("recent", [["when"], ["job"], ["circuit"], ["outcome"], ["seconds", "n"], ["error code"]],
    s.recent.map((r) => [[`${duration(Math.max(0, now - r.finished))} ago`], [r.id], [r.circuit], [r.outcome, r.outcome],
      [r.seconds === null ? "" : r.seconds.toFixed(3), "n"], [r.code ?? ""]]),
    "No jobs yet. Run one of the calls below, and it appears here.");
  once("calls", [s.circuits, token !== ""], () => byId("calls").replaceChildren(...s.circuits.map(card)));
}

// ---- Call it

function card(circuit) {
  const one = document.createElement("article");
  one.className = "card";
  one.append(made("h3", circuit.id));
  const [first, ...others] = waysToSend(circuit);
  const why = circuit.whyNoInput;
  if (why) one.append(made("p", `Takes witnesses only: ${why}.`, "soft"));
  else if (!circuit.inputs) one.append(made("p", "With the circuit's .sym beside its .wasm, the service could name the inputs here.", "soft"));
  one.append(made("p", lead(first), "soft"));
  if (token) one.append(made("p", "Set the environment variable TOKEN to your token first.", "soft"));
  one.append(...calls(circuit, first));
  for (const way of others) {
    const more = document.createElement("details");
    more.append(made("summary", way === "input.json" ? "Send an input.json instead" : "Send a witness (.wtns) instead"));
    more.append(...calls(circuit, way));
    one.append(more);
  }
  return one;
}
function lead(way) {
  return { values: "Replace the zeros with your values.", "input.json": "The inputs are read from input.json.",
           "witness.wtns": "The witness is read from witness.wtns." }[way];
}
function calls(circuit, way) {
  const base = new URL(".", location.href).href;
  return Object.entries(snippets(base, circuit, way, token !== "")).map(([language, text]) => {
    const block = document.createElement("div");
    block.dataset.language = language;
    block.hidden = language !== chosenLanguage();
    const code = made("pre", text);
    code.dataset.circuit = circuit.id;
    code.dataset.way = way;
    code.tabIndex = 0;
    code.setAttribute("role", "group");
    code.setAttribute("aria-label", `${language} call for ${circuit.id}`);
    if (navigator.clipboard) block.append(copier(text, `${language} call for ${circuit.id}`));
    block.append(code);
    return block;
  });
}
function copier(text, what) {
  const button = made("button", "Copy", "copy");
  button.type = "button";
  button.setAttribute("aria-label", `Copy the ${what}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return button;
}
function chosenLanguage() {
  return document.querySelector("input[name=language]:checked").value;
}
byId("languages").addEventListener("change", () => {
  for (const block of document.querySelectorAll("[data-language]")) block.hidden = block.dataset.language !== chosenLanguage();
});

// ---- once per second

async function look() {
  try {
    const answer = await fetch("api/status", { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    const told = await answer.json();
    byId("door").hidden = answer.status !== 401;
    byId("figures").hidden = !answer.ok;
    if (answer.ok) show(told);
    else state(answer.status === 401 ? (token ? "wrong token" : "locked") : told.error, false);
  } catch { state("no answer", false); }
  setTimeout(look, 1000);
}
byId("door").addEventListener("submit", (event) => {
  event.preventDefault();
  token = byId("token").value.trim();
  sessionStorage.setItem("token", token);
});
look();
