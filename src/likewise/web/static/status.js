// Beside the questions: how far asking has come, how it grew, and the last answers.
import { at, element, framed, growth } from "/static/parts.js";

function percent(value) { return `${Math.round(100 * value)}%`; }

function time(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

// now: the status; recent: the last answers; takeBack: takes back the answer of a number.
export function report(now, recent, takeBack) {
  document.body.dataset.state = now.state;
  document.body.dataset.spent = now.spent;
  at("bar").max = now.budget;
  at("bar").value = now.spent;
  at("spent").textContent = now.spent.toLocaleString("en");
  at("budget").textContent = `of ${now.budget.toLocaleString("en")} answers`;
  const facts = [];
  if (now.leverage) facts.push(["Pairs known per answer", now.leverage < 10 ? now.leverage.toFixed(1) : Math.round(now.leverage).toLocaleString("en"), "leverage"]);
  if (now.groups !== null) facts.push(["Groups expected", now.groups.toLocaleString("en"), "groups"]);
  if (now.purity !== null) facts.push(["Expected purity", percent(now.purity), "purity"]);
  if (now.coverage !== null) facts.push(["Expected coverage", percent(now.coverage), "coverage"]);
  if (now.pace !== null) facts.push(["Your pace", `${time(now.pace)} a screen`]);
  if (now.left !== null && now.left > 0) facts.push(["Time left", `about ${time(now.left)}`]);
  if (now.chance !== null) facts.push(["Chance the next 50 matter", percent(now.chance), "chance"]);
  if (now.people.length > 1) facts.push(["Answering now", String(now.people.length)]);
  at("facts").replaceChildren(...facts.flatMap(([name, value, term]) => [named(name, term), element("dd", "", value)]));
  at("conflict-count").hidden = !now.contradictions;
  at("conflict-count").textContent = now.contradictions;
  const points = now.history.filter((point) => point[1] !== null);
  at("growth-card").hidden = points.length < 3;
  if (points.length >= 3) at("growth").replaceChildren(growth(points));
  at("recent-card").hidden = !recent.length;
  const numbers = recent.map((answer) => answer.number).join();
  if (at("recent").dataset.numbers === numbers) return; // the same ones, of which one may be focused
  at("recent").dataset.numbers = numbers;
  at("recent").replaceChildren(...recent.map((answer) => past(answer, takeBack)));
}

function named(name, term) { // the words of the help, for a mouse; the button below opens it for everybody
  const made = element("dt", "", name);
  if (term) made.title = document.querySelector(`[data-term=${term}]`).textContent;
  return made;
}

function past(answer, takeBack) {
  const line = element("li", "");
  for (const card of [answer.anchor, answer.tile]) {
    line.append(framed(card));
  }
  line.append(element("span", `said ${answer.value}`, answer.said));
  const back = element("button", "button small plain", "Take back");
  back.type = "button";
  back.setAttribute("aria-label", `Take back: ${answer.anchor.name} and ${answer.tile.name}, ${answer.said}`);
  back.addEventListener("click", () => takeBack(answer.number));
  line.append(back);
  return line;
}
