// Maps of samples: point at one to see it, scroll to look closer, drag to move, click to open it where it has a page.
// Serves a page, which fetches its data, and a file, which holds them; so it imports nothing.
const MARGIN = 14;
const LARGEST = 40;

class Plane {
  constructor(box, points, map) {
    Object.assign(this, { box, points, map, view: { x: 0, y: 0, scale: 1 }, drag: null });
    this.canvas = make("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    const name = box.dataset.name ? `${box.dataset.name}: map` : "Map";
    this.canvas.setAttribute("aria-label", `${name} of ${points.length} samples; use the arrow keys to go through them`);
    this.peek = make("div", "peek card");
    this.peek.setAttribute("aria-live", "polite");
    this.peek.hidden = true;
    box.replaceChildren(this.canvas, this.peek);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  place([x, y]) {
    const { view, canvas } = this;
    const along = (at, from, size) => MARGIN + (size - 2 * MARGIN) * (view.scale * (at - 0.5 - from) + 0.5);
    return [along(x, view.x, canvas.clientWidth), along(y, view.y, canvas.clientHeight)];
  }

  draw() {
    const { canvas, map } = this;
    const ratio = devicePixelRatio || 1;
    const pen = canvas.getContext("2d");
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.globalAlpha = 0.85;
    const size = Math.min(7, (canvas.clientWidth < 400 ? 2.4 : 3.2) * Math.sqrt(this.view.scale));
    const dot = (at, radius) => {
      const [x, y] = this.place(this.points[at]);
      pen.fillStyle = map.inks.at(map.codes[at]); // the last ink is that of no class, -1
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.fill();
      return [x, y];
    };
    this.points.forEach((_, at) => dot(at, size));
    if (map.near < 0) return;
    const [x, y] = dot(map.near, size + 3);
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, size + 4, 0, 7);
    pen.stroke();
  }

  nearest(event) {
    const edge = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - edge.left, event.clientY - edge.top];
    let [best, least] = [-1, 20 * 20];
    this.points.forEach((point, at) => {
      const [a, b] = this.place(point);
      const gap = (a - x) ** 2 + (b - y) ** 2;
      if (gap < least) [best, least] = [at, gap];
    });
    return best;
  }

  show(at) {
    this.map.planes.forEach((plane) => { plane.peek.hidden = true; });
    this.map.near = at;
    if (at >= 0) {
      const card = this.map.cards[at];
      const label = this.map.classes[this.map.codes[at]];
      const frame = make("span", "frame");
      if (card.picture) frame.append(Object.assign(make("img"), { src: card.picture, alt: "" }));
      else frame.append(make("span", "text", card.text));
      const facts = make("dl");
      for (const [name, value] of card.facts) facts.append(make("dt", "", name), make("dd", "", value));
      this.peek.replaceChildren(frame, make("span", "name", label ? `${label} · ${card.name}` : card.name), facts);
      this.peek.hidden = false;
      const [x, y] = this.place(this.points[at]);
      const { left, top } = this.canvas.getBoundingClientRect();
      const wide = this.peek.offsetWidth; // beside the point, over the edge of the plane, within that of the page
      const right = left + x + 14 + wide < document.documentElement.clientWidth;
      this.peek.style.left = `${right ? x + 14 : Math.max(4 - left, x - 14 - wide)}px`;
      const under = top + y + 14 + this.peek.offsetHeight - document.documentElement.clientHeight;
      this.peek.style.top = `${Math.min(y + 14 - Math.max(under + 4, 0), this.canvas.clientHeight - 60)}px`;
    }
    this.map.planes.forEach((plane) => plane.draw()); // a sample is marked wherever it is drawn
  }

  open(at) {
    const page = this.map.cards[at]?.page;
    if (page) location.href = page;
    else this.show(at);
  }

  listen() {
    const { canvas, view } = this;
    const on = (name, work) => canvas.addEventListener(name, work, { passive: false });
    on("pointerdown", (event) => {
      this.drag = { fromX: event.clientX, fromY: event.clientY, ...view, moved: false };
      if (event.pointerType === "mouse") canvas.setPointerCapture(event.pointerId);
    });
    on("pointermove", (event) => {
      const { drag } = this;
      if (drag) {
        const [x, y] = [event.clientX - drag.fromX, event.clientY - drag.fromY];
        drag.moved ||= Math.hypot(x, y) > 4;
        view.x = drag.x - x / canvas.clientWidth / view.scale;
        view.y = drag.y - y / canvas.clientHeight / view.scale;
        if (drag.moved) this.show(-1);
      } else {
        const at = this.nearest(event);
        if (at !== this.map.near) this.show(at);
      }
    });
    on("pointerup", (event) => {
      const click = this.drag && !this.drag.moved;
      this.drag = null;
      if (click) this.open(this.nearest(event));
    });
    on("pointercancel", () => { this.drag = null; });
    on("pointerleave", (event) => { if (event.pointerType === "mouse" && !this.drag) this.show(-1); }); // a finger that is lifted leaves, too
    on("wheel", (event) => { // where the map is a part of a longer page, that page is scrolled until somebody clicks the map
      if (!this.map.cards[0]?.page && document.activeElement !== canvas) return;
      event.preventDefault();
      view.scale = Math.max(1, Math.min(LARGEST, view.scale * Math.exp(-event.deltaY / 400)));
      if (view.scale === 1) Object.assign(view, { x: 0, y: 0 });
      this.show(-1);
    });
    on("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const count = this.points.length;
      if (step && count) { event.preventDefault(); this.show((this.map.near + step + count) % count); }
      if (event.key === "Enter" && this.map.near >= 0) this.open(this.map.near);
      if (event.key === "Escape") this.show(-1);
    });
  }
}

function make(name, look = "", text = null) { // no markup in strings: what a sample is called can never become code
  return Object.assign(document.createElement(name), { className: look, textContent: text });
}

async function dataOf(figure) {
  const held = figure.querySelector("script");
  if (held) return JSON.parse(held.textContent);
  const response = await fetch(figure.dataset.source);
  const found = await response.json();
  if (!response.ok) throw new Error(found.error);
  return found;
}

for (const figure of document.querySelectorAll("figure.map")) {
  const boxes = figure.querySelectorAll(".plane");
  try {
    const map = { ...await dataOf(figure), near: -1 };
    const points = map.planes.map((plane) => plane.points);
    map.planes = [];
    points.forEach((each, place) => map.planes.push(new Plane(boxes[place], each, map)));
  } catch (error) {
    boxes[0].textContent = error.message || "The map could not be drawn.";
  }
}
