// Small pieces of the screen, made without markup in strings: what a sample is called can never become code.
export const at = (id) => document.getElementById(id);

export function element(name, look, text) {
  const made = document.createElement(name);
  if (look) made.className = look.trim();
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
}

// Look closer at one of some samples or, without a place, at all of them beside each other.
export function zoom(cards, place = null) {
  const dialog = at("zoom");
  const shown = cards.filter((card) => card.large);
  const look = (only) => {
    const seen = only ? [only] : shown;
    dialog.dataset.count = seen.length;
    at("zoomed").replaceChildren(...seen.map(closer));
    at("both").hidden = shown.length < 2 || seen.length > 1;
  };
  const closer = (card) => {
    const figure = element("figure", "");
    const image = Object.assign(element("img", ""), { src: card.large, alt: card.name });
    image.addEventListener("click", () => look(at("both").hidden && shown.length > 1 ? card : null));
    figure.append(image, element("figcaption", "name", card.name));
    return figure;
  };
  at("both").onclick = () => look(null);
  dialog.onkeydown = (event) => {
    const key = event.key.toLowerCase();
    if (key === "z") dialog.close();
    else if (key === "arrowleft" || key === "arrowright") look(shown.at(key === "arrowleft" ? 0 : -1));
    else if (key === "arrowup" || key === "arrowdown") look(null);
    else return;
    event.preventDefault();
    event.stopPropagation(); // a closed dialog no longer keeps the page from hearing it
  };
  look(cards[place]);
  dialog.showModal();
}

export function sample(card, closer) {
  const box = element("div", "card sample");
  box.dataset.sample = card.id;
  const frame = element("button", "frame");
  frame.type = "button";
  if (card.picture) {
    const image = element("img", "");
    image.src = card.large;
    image.alt = card.name;
    frame.append(image);
    frame.setAttribute("aria-label", `Look closer at ${card.name}`);
    frame.addEventListener("click", closer);
  } else {
    frame.append(element("span", "text", card.text));
    frame.disabled = true;
  }
  box.append(frame);
  const words = element("div", "");
  words.append(element("p", "name", card.name));
  if (card.facts.length) {
    const facts = element("dl", "about-sample");
    for (const [name, value] of card.facts) facts.append(element("dt", "", name), element("dd", "", value));
    words.append(facts);
  }
  box.append(words);
  return box;
}

export function framed(card) {
  const frame = element("span", "frame");
  if (card.picture) {
    const image = element("img", "");
    image.src = card.picture;
    image.alt = card.name;
    frame.append(image);
  } else if (card.text) frame.append(element("span", "text", card.text));
  return frame;
}

const SVG = "http://www.w3.org/2000/svg";

function drawn(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

// How expected purity and coverage grew with the answers: points are [answers, purity, coverage, groups].
export function growth(points) {
  const [wide, tall, left, right] = [260, 96, 4, 62];
  const last = points.at(-1);
  const x = (spent) => left + ((wide - left - right) * (spent - points[0][0])) / Math.max(last[0] - points[0][0], 1);
  const y = (share) => 6 + (tall - 20) * (1 - share);
  const chart = drawn("svg", { viewBox: `0 0 ${wide} ${tall}`, role: "img", "aria-label": `Expected purity ${Math.round(100 * last[1])} %, coverage ${Math.round(100 * last[2])} % after ${last[0]} answers` });
  for (const share of [0, 0.5, 1]) chart.append(drawn("line", { class: "rule", x1: left, x2: wide - right, y1: y(share), y2: y(share) }));
  const labels = [["purity", 1], ["coverage", 2]].map(([name, column]) => {
    chart.append(drawn("path", { class: name, d: points.map((point, place) => `${place ? "L" : "M"}${x(point[0]).toFixed(1)} ${y(point[column]).toFixed(1)}`).join("") }));
    return { name, at: y(last[column]) + 3 };
  });
  if (Math.abs(labels[0].at - labels[1].at) < 11) {
    const [upper, lower] = [...labels].sort((a, b) => a.at - b.at);
    lower.at = upper.at + 11;
  }
  for (const { name, at } of labels) chart.append(drawn("text", { class: `${name}-text`, x: wide - right + 6, y: at }, name));
  chart.append(drawn("text", { x: left, y: tall - 1 }, `${points[0][0]}`), drawn("text", { x: wide - right, y: tall - 1, "text-anchor": "end" }, `${last[0]} answers`));
  return chart;
}
