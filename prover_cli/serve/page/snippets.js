// The calls that the page shows for a circuit: in curl, Node and Python, each ready to run.
const MOST_VALUES = 64; // Inputs of more values are read from a file: they would fill the page.

// The circuit's inputs as an object of zeros. "note.owners[1].x" is a field of a bus: objects and arrays nest.
function exampleInput(inputs) {
  const found = {};
  for (const [name, lengths] of Object.entries(inputs)) {
    const steps = name.match(/[^.[\]]+/g).map((step, i) => (i && /^\d+$/.test(step) ? Number(step) : step));
    let place = found;
    steps.slice(0, -1).forEach((step, i) => {
      if (!Object.hasOwn(place, step)) Object.defineProperty(place, step, {
        value: typeof steps[i + 1] === "number" ? [] : {}, enumerable: true, configurable: true, writable: true });
      place = place[step];
    });
    Object.defineProperty(place, steps.at(-1), {
      value: zeros(lengths), enumerable: true, configurable: true, writable: true });
  }
  return found;
}
function zeros([length, ...rest]) {
  return length === undefined ? "0" : Array.from({ length }, () => zeros(rest));
}
function countValues(inputs) {
  return Object.values(inputs).reduce((sum, lengths) => sum + lengths.reduce((a, b) => a * b, 1), 0);
}

// What can be sent for a circuit, the easiest first: values in place, a file of inputs, a file with a witness.
function waysToSend(circuit) {
  const input = circuit.takes.includes("input");
  const inPlace = input && circuit.inputs && countValues(circuit.inputs) <= MOST_VALUES;
  return [...(inPlace ? ["values"] : []), ...(input ? ["input.json"] : []), "witness.wtns"];
}

function snippets(base, circuit, way, withToken) {
  const query = `?circuitId=${encodeURIComponent(circuit.id).replace(/'/g, "%27")}`;
  const url = `${base}api/prove${way === "witness.wtns" ? query : ""}`;
  const type = way === "witness.wtns" ? "application/octet-stream" : "application/json";
  const body = way === "values" ? { circuitId: circuit.id, input: exampleInput(circuit.inputs) } : null;
  const start = `{"circuitId": ${JSON.stringify(circuit.id)}, "input": `;
  const parts = { url, type, body, start, way, withToken };
  return { curl: inCurl(parts), node: inNode(parts), python: inPython(parts) };
}

function inCurl({ url, type, body, start, way, withToken }) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const token = withToken ? `  -H "Authorization: Bearer $TOKEN" \\\n` : "";
  const data = { values: () => `-d ${quoted(written(body))}`, "input.json": () => "--data-binary @-",
                 "witness.wtns": () => "--data-binary @witness.wtns" }[way]();
  const before = way === "input.json"
    ? `{ printf %s ${quoted(start)}; cat input.json; printf '}'; } |\n  ` : "";
  return `${before}curl ${quoted(url)} \\\n  -H 'Content-Type: ${type}' \\\n${token}  ${data}\n`;
}

function inNode({ url, type, body, start, way, withToken }) {
  const token = withToken ? `,\n    "Authorization": \`Bearer \${process.env.TOKEN}\`` : "";
  const sent = { values: () => `JSON.stringify(${indented(written(body), 2)})`,
                 "input.json": () => `${literal(start)} + await readFile("input.json", "utf8") + "}"`,
                 "witness.wtns": () => `await readFile("witness.wtns")` }[way]();
  const reads = way === "values" ? "" : `import { readFile } from "node:fs/promises";\n\n`;
  return `// call.mjs\n${reads}const answer = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: {
    "Content-Type": "${type}"${token},
  },
  body: ${sent},
});
console.log(answer.status, JSON.stringify(await answer.json()));\n`;
}

function inPython({ url, type, body, start, way, withToken }) {
  const token = withToken ? `\n        "Authorization": f"Bearer {os.environ['TOKEN']}",` : "";
  // A string of JSON is one of Python too, as are the objects here: they have neither true, false nor null.
  const sent = { values: () => `json.dumps(${indented(written(body), 4)}).encode()`,
                 "input.json": () => `${literal(start)}.encode() + Path("input.json").read_bytes() + b"}"`,
                 "witness.wtns": () => `Path("witness.wtns").read_bytes()` }[way]();
  const modules = ["json", ...(withToken ? ["os"] : []), "urllib.error", "urllib.request"];
  const path = way === "values" ? "" : "from pathlib import Path\n";
  return `${modules.map((name) => `import ${name}\n`).join("")}${path}
request = urllib.request.Request(
    ${JSON.stringify(url)},
    data=${sent},
    headers={
        "Content-Type": "${type}",${token}
    },
)
try:
    answer = urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, json.dumps(json.load(answer)))\n`;
}

// A string of JavaScript and of Python; in single quotes where nothing in it needs care.
function literal(text) {
  return /^[\x20-\x7e]*$/.test(text) && !/['\\]/.test(text) ? `'${text}'` : JSON.stringify(text);
}
// JSON with a space after commas and colons, and a line for each input.
function written(body) {
  const flat = (value) => Array.isArray(value) ? `[${value.map(flat).join(", ")}]`
    : typeof value === "object" ? `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${flat(v)}`).join(", ")}}`
    : JSON.stringify(value);
  const inputs = Object.entries(body.input).map(([name, value]) => `\n    ${JSON.stringify(name)}: ${flat(value)}`);
  return `{\n  "circuitId": ${JSON.stringify(body.circuitId)},\n  "input": {${inputs.join(",")}\n  }\n}`;
}
function indented(text, blanks) {
  return text.replaceAll("\n", `\n${" ".repeat(blanks)}`);
}
