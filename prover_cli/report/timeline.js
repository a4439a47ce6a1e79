// The timeline that you can zoom into. It replaces the still picture by a canvas, and draws only what is in view.
// Times are in tenths of a millisecond.
(() => {
  const data = JSON.parse(document.getElementById("spans").textContent);
  const live = document.getElementById("live"), canvas = live.querySelector("canvas");
  const tip = document.getElementById("tip"), pen = canvas.getContext("2d");
  const KINDS = ["proved", "failed", "lost", "opening"];
  const LEFT = 64, RIGHT = 8, FOOT = 24, ROW = data.workers.length <= 40 ? 18 : 10;
  const height = data.workers.length * ROW + FOOT, total = Math.max(1, data.total);
  // For each worker the longest span before a place, so that a search by starts finds what reaches into the view.
  const reach = data.workers.map(({ starts, lengths }) => {
    let end = 0;
    return starts.map((start, i) => (end = Math.max(end, start + lengths[i])));
  });
  let from = 0, to = total, dragged = null, queued = false;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const width = () => canvas.clientWidth - LEFT - RIGHT;
  const x = (time) => LEFT + (time - from) / (to - from) * width();
  const time = (x) => from + (x - LEFT) / width() * (to - from);
  const first = (list, value) => {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] < value) low = middle + 1; else high = middle;
    }
    return low;
  };
  const seconds = (tenths) => {
    const value = tenths / 1e4;
    if (value === 0) return "0 s";
    const digits = (number) => Number(number.toPrecision(3)).toString();
    return value < 1 ? `${digits(value * 1e3)} ms` : value < 600 ? `${digits(value)} s` : `${digits(value / 60)} min`;
  };

  function draw() {
    queued = false;
    const scale = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = canvas.clientWidth * scale;
    canvas.height = height * scale;
    pen.scale(scale, scale);
    pen.font = "12px system-ui, sans-serif";
    const colours = KINDS.map(colour), track = colour("track"), muted = colour("muted"), line = colour("line");
    data.workers.forEach((worker, place) => {
      const top = place * ROW + 1;
      pen.fillStyle = muted;
      pen.textAlign = "right";
      if (ROW > 10 || place % 4 === 0) pen.fillText(worker.name, LEFT - 8, top + ROW - 6);
      pen.fillStyle = track;
      pen.fillRect(LEFT, top, width(), ROW - 2);
      let painted = -1, kind = -1;
      for (let i = first(reach[place], from); i < worker.starts.length && worker.starts[i] <= to; i++) {
        const left = Math.max(LEFT, x(worker.starts[i]));
        const right = Math.min(LEFT + width(), Math.max(left + 0.7, x(worker.starts[i] + worker.lengths[i])));
        if (right <= painted + 0.3 && worker.kinds[i] === 0 && kind !== 0) continue;
        if (right <= painted + 0.3 && worker.kinds[i] === kind) continue;
        kind = worker.kinds[i];
        pen.fillStyle = colours[kind];
        pen.fillRect(left, top, Math.max(0.7, right - left - (right - left > 4 ? 0.7 : 0)), ROW - 2);
        painted = Math.max(painted, right);
      }
    });
    axis(muted, line);
    if (dragged !== null && dragged.to !== dragged.from) {
      pen.fillStyle = colour("ink") + "22";
      pen.fillRect(Math.min(dragged.from, dragged.to), 0, Math.abs(dragged.to - dragged.from), height - FOOT);
    }
  }

  function axis(muted, line) {
    const rough = (to - from) / Math.max(2, Math.min(8, width() / 65)), unit = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * unit).find((value) => value >= rough);
    pen.strokeStyle = line;
    pen.fillStyle = muted;
    pen.textAlign = "center";
    pen.beginPath();
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      pen.moveTo(x(at), height - FOOT);
      pen.lineTo(x(at), height - FOOT + 4);
      if (x(at) < canvas.clientWidth - 24) pen.fillText(seconds(at), x(at), height - 6);
    }
    pen.stroke();
  }

  function show(a, b) {
    const least = Math.min(total, 5), middle = (a + b) / 2, wide = Math.min(total, Math.max(least, b - a));
    from = Math.max(0, Math.min(total - wide, middle - wide / 2));
    to = from + wide;
    later();
  }
  const later = () => { if (!queued) { queued = true; requestAnimationFrame(draw); } };
  const zoom = (factor) => show((from + to) / 2 - (to - from) * factor / 2, (from + to) / 2 + (to - from) * factor / 2);

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const worker = data.workers[Math.floor((event.clientY - box.top) / ROW)];
    const place = data.workers.indexOf(worker), at = time(event.clientX - box.left);
    if (!worker || at < from || at > to) return null;
    const near = (to - from) / width() * 1.5;
    for (let i = first(reach[place], at - near); i < worker.starts.length && worker.starts[i] <= at + near; i++) {
      if (worker.starts[i] + worker.lengths[i] >= at - near) return { worker, i };
    }
    return null;
  }

  function point(event) {
    const box = canvas.getBoundingClientRect();
    if (dragged !== null) {
      dragged.to = Math.max(LEFT, Math.min(LEFT + width(), event.clientX - box.left));
      later();
    }
    const found = dragged === null ? under(event) : null;
    tip.style.display = found ? "block" : "none";
    if (!found) return;
    const { worker, i } = found, circuit = data.circuits[worker.circuits[i]];
    const what = worker.kinds[i] === 3 ? `opening ${circuit}` : `${worker.names[i]} ${KINDS[worker.kinds[i]]}`;
    const where = data.circuits.length > 1 && worker.kinds[i] !== 3 ? ` · ${circuit}` : "";
    tip.textContent = `${what} · ${seconds(worker.lengths[i])} · from ${seconds(worker.starts[i])}${where}`;
    const left = event.clientX - box.left;
    tip.style.left = `${Math.max(0, Math.min(left + 12, canvas.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${event.clientY - live.getBoundingClientRect().top + 16}px`;
  }

  canvas.addEventListener("pointerdown", (event) => {
    const at = Math.max(LEFT, event.clientX - canvas.getBoundingClientRect().left);
    dragged = { from: at, to: at };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", () => { tip.style.display = "none"; });
  canvas.addEventListener("pointerup", () => {
    const { from: a, to: b } = dragged;
    dragged = null;
    if (Math.abs(a - b) > 4) show(time(Math.min(a, b)), time(Math.max(a, b))); else later();
  });
  canvas.addEventListener("dblclick", () => show(0, total));
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    const at = time(event.clientX - canvas.getBoundingClientRect().left), factor = event.deltaY > 0 ? 1.25 : 0.8;
    const wide = Math.min(total, (to - from) * factor), share = (at - from) / (to - from);
    show(at - wide * share, at + wide * (1 - share));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = (to - from) / 4;
    const keys = {
      ArrowLeft: () => show(from - step, to - step), ArrowRight: () => show(from + step, to + step),
      "+": () => zoom(0.5), "-": () => zoom(2), "0": () => show(0, total),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
  live.querySelector("[data-do=in]").addEventListener("click", () => zoom(0.5));
  live.querySelector("[data-do=out]").addEventListener("click", () => zoom(2));
  live.querySelector("[data-do=all]").addEventListener("click", () => show(0, total));
  window.addEventListener("resize", later);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
  document.documentElement.classList.add("drawn");
  draw();
})();
