// The asking screen: shows a question, sends the answer, has the next pictures ready. All state that matters is on the server.
import { report } from "/static/status.js";
import { at, element, framed, sample, zoom } from "/static/parts.js";

const SEEN = 200; // milliseconds: what comes sooner was meant for the question before, such as the second half of a double click
const ANSWERS = ["alike", "different", "unsure", "send", "skip"];
const TILES = [..."1234567890qwertyuiopzxcv"];
const session = remember("session", () => crypto.randomUUID?.().replaceAll("-", "") ?? String(Math.random()).slice(2));
let kind = remember("kind", () => at("ask").dataset.kind);
let queue = [];
let status = null;
let recent = [];
let shown = null;
let ticked = new Set();
let since = 0;
let away = 0;
let busy = false;
let waiting = null;
let timer = 0;

function remember(name, make) {
  try {
    const found = sessionStorage.getItem(name) ?? make();
    sessionStorage.setItem(name, found);
    return found;
  } catch { return make(); }
}

// -- talking to the server ---------------------------------------------------------------------------------------

async function talk(path, body) {
  const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(path, options);
      const found = await response.json();
      at("trouble").hidden = true;
      if (!response.ok) throw Object.assign(new Error(found.error), { refused: true });
      return found;
    } catch (error) {
      if (error.refused) throw error;
      trouble(body ? "The server does not answer. This answer is not kept yet; it is sent again by itself." : "The server does not answer; trying again.");
      await new Promise((done) => setTimeout(done, Math.min(300 * 2 ** attempt, 3000)));
    }
  }
}

function trouble(sentence) {
  at("trouble").textContent = sentence;
  at("trouble").hidden = false;
}

function address() {
  return `/api/questions?kind=${kind}&showing=${shown?.id ?? ""}`;
}

async function send(path, body) {
  if (busy) return;
  busy = true;
  try {
    take(await talk(path, { kind, showing: shown?.id ?? "", ...body }));
  } catch (error) {
    said(error.message);
    try { take(await talk(address())); } catch { trouble(error.message); }
  } finally {
    busy = false;
  }
  const next = waiting;
  waiting = null;
  if (next) press(next);
}

async function refresh() {
  clearTimeout(timer);
  if (!busy) {
    try { const found = await talk(address()); if (!busy) take(found); } catch (error) { trouble(error.message); }
  }
}

function take(found) {
  ({ questions: queue, status, recent } = found);
  for (const question of queue) prepare(question);
  if (!queue.length) finish();
  else if (queue[0].id !== shown?.id) show(queue[0]);
  report(status, recent, takeBack);
  const undo = at("more").querySelector("[data-do=undo]");
  if (undo) undo.disabled = !recent.length;
  clearTimeout(timer);
  const soon = { planning: 250, preparing: 700, waiting: 3000 }[status.state];
  timer = setTimeout(refresh, queue.length ? 5000 : soon ?? 15000);
}

function prepare(question) {
  for (const card of [question.anchor, ...question.tiles]) {
    if (card.picture) new Image().src = question.kind === "pair" ? card.large : card.picture;
  }
}

// -- showing -----------------------------------------------------------------------------------------------------

function show(question) {
  shown = question;
  ticked = new Set();
  const pair = question.kind === "pair";
  at("question").textContent = pair ? "Are these two alike?" : "Which of these are like the first?";
  at("hint").textContent = pair ? "" : "Tick those that are; the rest count as different.";
  const screen = element("div", pair ? `pair fresh${question.anchor.small ? " small" : ""}` : "grid fresh");
  const both = [question.anchor, question.tiles[0]];
  screen.append(sample(question.anchor, () => zoom(pair ? both : [question.anchor], 0)));
  screen.append(pair ? sample(question.tiles[0], () => zoom(both, 1)) : tiles(question));
  at("screen").replaceChildren(screen);
  buttons(pair ? PAIR : GRID, pair ? "answers" : "answers grid-answers");
  document.body.dataset.question = question.id;
  since = performance.now();
  away = 0;
}

function tiles(question) {
  const grid = element("div", "tiles-grid");
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", "Candidates");
  question.tiles.forEach((card, place) => {
    const tile = element("div", "tile");
    tile.dataset.sample = card.id;
    const pick = element("button", "tile-pick");
    pick.type = "button";
    pick.setAttribute("aria-pressed", "false");
    pick.append(framed(card));
    pick.addEventListener("click", () => toggle(place));
    tile.append(pick, element("span", "check", "✓"));
    tile.querySelector(".check").ariaHidden = "true";
    if (TILES[place]) tile.append(hint(TILES[place]));
    if (card.large) {
      const look = element("button", "look", "⤢");
      look.type = "button";
      look.setAttribute("aria-label", `Look closer at ${card.name}`);
      look.addEventListener("click", () => zoom([question.anchor, card]));
      tile.append(look);
    }
    grid.append(tile);
  });
  return grid;
}

function toggle(place, on = !ticked.has(place)) {
  if (on) ticked.add(place); else ticked.delete(place);
  document.querySelectorAll(".tile-pick")[place]?.setAttribute("aria-pressed", String(on));
  const button = document.querySelector("[data-do=send] .what");
  if (button) button.textContent = ticked.size ? `Send: ${ticked.size} alike` : "Send: none alike";
}

const PAIR = [["alike", "Alike", "F", "alike"], ["unsure", "Unsure", "Space", ""], ["different", "Different", "J", "different"]];
const GRID = [["all", "All", "A", ""], ["none", "None", "N", ""], ["send", "Send: none alike", "↵", "primary"]];

function hint(key) {
  const mark = element("kbd", "", key.length > 1 ? key : key.toUpperCase());
  mark.ariaHidden = "true";
  return mark;
}

function button(action, what, key, look) {
  const made = element("button", `button ${look}`);
  made.type = "button";
  made.dataset.do = action;
  made.append(element("span", "what", what));
  if (key) made.append(hint(key));
  made.addEventListener("click", () => press(action));
  return made;
}

function buttons(list, look) {
  at("answers").className = look;
  at("answers").replaceChildren(...list.map((row) => button(...row)));
  more(true);
}

function more(asking) {
  const list = [["undo", "Take back", "⌫", "plain"], ["help", "Help", "?", "plain"]];
  if (asking) list.unshift(["skip", "Skip", "S", "plain"]);
  if (asking && status?.screens) list.splice(2, 0, ["switch", kind === "pair" ? "Grids instead" : "Pairs instead", "G", "plain"]);
  at("more").replaceChildren(...list.map((row) => button(...row)));
  at("more").querySelector("[data-do=undo]").disabled = !recent.length;
}

const ENDS = {
  preparing: ["Looking at your samples", "The first question is being chosen. That takes a moment, once.", true],
  planning: ["Choosing the next question", "", true],
  waiting: ["Others hold the questions that are left", "What they do not answer comes free within two minutes. This page looks again by itself.", true],
  spent: ["All answers are given", "The budget is used up. Look at the groups, or ask for more.", false],
  enough: ["More answers would hardly change anything", "Lately, answers only confirmed what was expected. This is a good place to stop.", false],
  nothing: ["Nothing is left to ask", "Every pair that matters is known, or follows from what you said.", false],
  failed: ["Asking has stopped", "", false],
};

function finish() {
  shown = null;
  delete document.body.dataset.question;
  document.body.dataset.state = status.state;
  const [title, words, working] = ENDS[status.state] ?? ENDS.planning;
  at("question").textContent = working ? "One moment" : "Thank you";
  at("hint").textContent = "";
  const card = element("div", "card end");
  if (working) card.append(element("div", "spinner"));
  card.append(element("h2", "", title));
  const text = status.state === "failed" ? status.message : words;
  if (text) card.append(element("p", "", text));
  if (!working) {
    const row = element("div", "row");
    if (status.state === "enough") row.append(button("on", "Go on anyway", "", ""));
    if (status.state === "spent") row.append(button("fifty", "Ask 50 more", "", ""));
    const groups = element("a", "button", "Look at the groups");
    groups.href = "/groups";
    const results = element("a", "button primary", "See the results");
    results.href = "/results";
    row.append(groups, results);
    card.append(row);
  }
  at("screen").replaceChildren(card);
  at("answers").replaceChildren();
  more(false);
}

// -- answering ---------------------------------------------------------------------------------------------------

function said(text) { at("said").textContent = text; }

function answer(values, words) {
  const question = shown;
  const ms = Math.max(0, Math.round(performance.now() - since - away));
  queue = queue.filter((other) => other.id !== question.id);
  said(words);
  if (queue.length) show(queue[0]); // the next picture is here already; the answer counts when the server has kept it
  else shown = null;
  return send("/api/answer", { id: question.id, values, ms, session });
}

function takeBack(number) { return send("/api/undo", { number, showing: "" }); }

function press(action) {
  if (action === "help") { at("help").showModal(); return; }
  if (ANSWERS.includes(action) && performance.now() - since < SEEN) return;
  if (busy) { waiting = action; return; }
  if (action === "undo") { if (recent.length) { said("Taken back."); takeBack(recent[0].number); } return; }
  if (action === "on") { send("/api/go-on", {}); return; }
  if (action === "fifty") { send("/api/go-on", { more: 50 }); return; }
  if (!shown) return;
  const pair = shown.kind === "pair";
  if (action === "switch" && status.screens) { change(); return; }
  if (action === "skip") { const id = shown.id; said("Skipped."); send("/api/skip", { id, showing: "" }); return; }
  if (action === "zoom" && shown.anchor.large) { zoom(pair ? [shown.anchor, shown.tiles[0]] : [shown.anchor, ...pointed()]); return; }
  if (pair && ["alike", "different", "unsure"].includes(action)) answer([action], { alike: "Alike.", different: "Different.", unsure: "Unsure." }[action]);
  if (pair) return;
  if (action === "all" || action === "none") shown.tiles.forEach((_, place) => toggle(place, action === "all"));
  if (action === "send") answer(shown.tiles.map((_, place) => (ticked.has(place) ? "alike" : "unticked")), `${ticked.size} alike.`);
}

function pointed() { // the tile under the mouse or, without one, that of the keyboard
  const tile = document.querySelector(".tile:hover") ?? document.querySelector(".tile:focus-within");
  return shown.tiles.filter((card) => card.id === Number(tile?.dataset.sample));
}

async function change() {
  kind = kind === "pair" ? "grid" : "pair";
  try { sessionStorage.setItem("kind", kind); } catch { /* a private window */ }
  shown = null;
  await refresh();
}

const PAIR_KEYS = { f: "alike", arrowleft: "alike", y: "alike", j: "different", arrowright: "different", " ": "unsure", u: "unsure" };
const GRID_KEYS = { enter: "send", a: "all", n: "none" };
const KEYS = { s: "skip", backspace: "undo", g: "switch", z: "zoom", "?": "help" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const inside = event.target.closest?.("button, a, input");
  if (inside && (key === " " || key === "enter") && !inside.matches(".tile-pick")) return; // the focused thing's own keys
  if (inside?.matches(".tile-pick") && key === " ") return;
  const pair = shown?.kind !== "grid";
  const place = pair ? -1 : TILES.indexOf(key);
  const action = (pair ? PAIR_KEYS[key] : GRID_KEYS[key]) ?? KEYS[key];
  if (place >= 0 && shown && place < shown.tiles.length && !busy) { event.preventDefault(); toggle(place); return; }
  if (!action) return;
  event.preventDefault();
  press(action);
});

at("explain").addEventListener("click", () => {
  at("help").showModal();
  at("numbers").focus();
  at("numbers").scrollIntoView();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) away -= performance.now(); else { away += performance.now(); refresh(); }
});

refresh();
