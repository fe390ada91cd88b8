// The state of a training that is under way.
const card = document.getElementById("training");
const step = document.getElementById("step");
async function look() {
  try {
    const found = await (await fetch("/api/training")).json();
    if (found.state !== "working") { location.reload(); return; }
    step.textContent = `${found.step} (${found.seconds} s)`;
  } catch { step.textContent = "The server does not answer; trying again."; }
  setTimeout(look, 1000);
}
if (card && card.dataset.state === "working") look();
