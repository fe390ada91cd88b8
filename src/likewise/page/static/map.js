// A map of samples: point at one to see it, click to open it, scroll or pinch to look closer, drag to move.
import { element } from "/static/parts.js";

const INKS = ["#3b6fe0", "#d1495b", "#2a9d6f", "#d18f00", "#8b5cc7", "#1aa6b7", "#9a6a36", "#e377c2", "#7b8494", "#8db31c"];
const canvas = document.getElementById("plane");
const peek = document.getElementById("peek");
const pen = canvas.getContext("2d");
let found = null;
let view = { x: 0, y: 0, scale: 1 };
let near = -1;
let drag = null;

function ink(code) { return code < 0 ? "#8a93a3" : INKS[code % INKS.length]; }

function place([x, y]) {
  const margin = 24;
  const wide = canvas.clientWidth - 2 * margin;
  const tall = canvas.clientHeight - 2 * margin;
  return [margin + wide * (view.scale * (x - 0.5 - view.x) + 0.5), margin + tall * (view.scale * (y - 0.5 - view.y) + 0.5)];
}

function draw() {
  const ratio = devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.globalAlpha = 0.85;
  const size = Math.min(7, 3.2 * Math.sqrt(view.scale));
  found.points.forEach((point, at) => {
    const [x, y] = place(point);
    pen.fillStyle = ink(found.codes[at]);
    pen.beginPath();
    pen.arc(x, y, at === near ? size + 3 : size, 0, 7);
    pen.fill();
  });
}

function nearest(x, y) {
  let best = -1;
  let least = 20 * 20;
  found.points.forEach((point, at) => {
    const [a, b] = place(point);
    const gap = (a - x) ** 2 + (b - y) ** 2;
    if (gap < least) [best, least] = [at, gap];
  });
  return best;
}

function show(at) {
  near = at;
  peek.hidden = at < 0;
  if (at >= 0) {
    const card = found.cards[at];
    const [x, y] = place(found.points[at]);
    const frame = element("span", "frame");
    if (card.picture) {
      const image = element("img", "");
      image.src = card.picture;
      image.alt = "";
      frame.append(image);
    } else frame.append(element("span", "text", card.text));
    const label = found.classes[found.codes[at]];
    peek.replaceChildren(frame, element("span", "name", label ? `${label} · ${card.name}` : card.name));
    peek.style.left = `${Math.min(x + 14, canvas.clientWidth - 160)}px`;
    peek.style.top = `${Math.min(y + 14, canvas.clientHeight - 190)}px`;
  }
  draw();
}

function at(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

canvas.addEventListener("pointermove", (event) => {
  if (!found) return;
  if (drag) {
    view.x = drag.x - (event.clientX - drag.fromX) / canvas.clientWidth / view.scale;
    view.y = drag.y - (event.clientY - drag.fromY) / canvas.clientHeight / view.scale;
    drag.moved ||= Math.hypot(event.clientX - drag.fromX, event.clientY - drag.fromY) > 4;
    show(-1);
  } else {
    const one = nearest(...at(event));
    if (one !== near) show(one);
  }
});
canvas.addEventListener("pointerdown", (event) => { drag = { fromX: event.clientX, fromY: event.clientY, x: view.x, y: view.y, moved: false }; });
window.addEventListener("pointerup", (event) => {
  const moved = drag?.moved;
  const mine = drag && event.target === canvas;
  drag = null;
  if (!found || !mine || moved) return;
  const one = nearest(...at(event));
  if (one >= 0) location.href = `/sample/${found.ids[one]}`;
});
canvas.addEventListener("pointerleave", () => { if (found && !drag) show(-1); });
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  view.scale = Math.max(1, Math.min(40, view.scale * Math.exp(-event.deltaY / 400)));
  if (view.scale === 1) view = { x: 0, y: 0, scale: 1 };
  if (found) show(-1);
}, { passive: false });
canvas.addEventListener("keydown", (event) => {
  if (!found?.points.length) return;
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) { event.preventDefault(); show((near + step + found.points.length) % found.points.length); }
  if (event.key === "Enter" && near >= 0) location.href = `/sample/${found.ids[near]}`;
});
window.addEventListener("resize", () => { if (found) draw(); });

const response = await fetch("/api/map");
const answer = await response.json();
if (!response.ok) document.getElementById("wait").textContent = answer.error;
else {
  found = answer;
  document.getElementById("wait").hidden = true;
  canvas.setAttribute("aria-label", `Map of ${found.ids.length} samples; use the arrow keys to go through them`);
  const legend = document.getElementById("legend");
  found.classes.slice(0, 30).forEach((name, code) => {
    const line = element("li", "");
    const dot = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    dot.setAttribute("viewBox", "0 0 10 10");
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    for (const [key, value] of Object.entries({ cx: 5, cy: 5, r: 5, fill: ink(code) })) circle.setAttribute(key, value);
    dot.append(circle);
    line.append(dot, element("span", "", name));
    legend.append(line);
  });
  draw();
}
