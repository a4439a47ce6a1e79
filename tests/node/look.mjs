// A page in headless Chromium, as a person has it before them: at a width, in light or dark.
// node look.mjs '{"url", "chromium", "profile", "width", "scheme", "until", "axe", "png", "ask"}'
// Prints {"axe": violations, "asked": what the expression "ask" is, "errors": of the console}. Speaks the DevTools
// protocol over a pipe (--remote-debugging-pipe: JSON with a zero byte after it), which takes no package.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const wanted = JSON.parse(process.argv[2]);
const chromium = spawn(wanted.chromium, [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--hide-scrollbars", `--user-data-dir=${wanted.profile}`,
  "--remote-debugging-pipe", "about:blank",
], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });

const waiting = new Map(), errors = [];
let number = 0, rest = "";
chromium.stdio[4].setEncoding("utf8").on("data", (data) => {
  const parts = (rest + data).split("\0");
  rest = parts.pop();
  for (const told of parts.map((part) => JSON.parse(part))) {
    if (told.id) waiting.get(told.id)(told);
    if (told.method === "Runtime.exceptionThrown") errors.push(told.params.exceptionDetails.text);
    if (told.method === "Log.entryAdded" && told.params.entry.level === "error") errors.push(told.params.entry.text);
  }
});
function call(method, params = {}, sessionId = undefined) {
  const id = ++number;
  chromium.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  return new Promise((resolve, reject) => waiting.set(id, (told) =>
    told.error ? reject(new Error(`${method}: ${told.error.message}`)) : resolve(told.result)));
}

try {
  const { targetInfos } = await call("Target.getTargets");
  const { targetId } = targetInfos.find(({ type }) => type === "page");
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const page = (method, params) => call(method, params, sessionId);
  const evaluate = async (expression) => {
    const told = await page("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (told.exceptionDetails) throw new Error(told.exceptionDetails.exception?.description);
    return told.result.value;
  };
  await page("Runtime.enable");
  await page("Log.enable");
  await page("Emulation.setDeviceMetricsOverride", {
    width: wanted.width, height: 900, deviceScaleFactor: 1, mobile: wanted.width < 600 });
  await page("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: wanted.scheme }] });
  await page("Page.navigate", { url: wanted.url });
  for (;;) {
    try {
      if (await evaluate(`location.href !== "about:blank" && document.readyState === "complete" && (${wanted.until})`)) break;
    } catch { /* between two documents */ }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const told = { errors };
  if (wanted.axe) {
    const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
    await evaluate(readFileSync(source, "utf8") + ";0");
    const found = await evaluate("axe.run({ resultTypes: ['violations'] })");
    told.axe = found.violations.map(({ id, impact, help, nodes }) =>
      ({ id, impact, help, where: nodes.map(({ target }) => target.join(" ")) }));
    told.passes = found.passes.length;
  }
  if (wanted.ask) told.asked = await evaluate(wanted.ask);
  if (wanted.png) {
    const { data } = await page("Page.captureScreenshot", { captureBeyondViewport: true });
    writeFileSync(wanted.png, Buffer.from(data, "base64"));
  }
  process.stdout.write(JSON.stringify(told));
} finally {
  const ended = new Promise((resolve) => chromium.once("exit", resolve));
  chromium.kill();
  await ended;
}
