// Ticking many samples at a time: all of a gallery, or with Shift all from the one ticked before.
for (const form of document.querySelectorAll("form:has(.gallery)")) {
  const boxes = [...form.querySelectorAll("input[name=chosen]")];
  const [hint, all] = [form.querySelector(".bar-hint"), form.querySelector(".all")];
  const words = hint.textContent;
  let last = null;
  const update = () => {
    const count = boxes.filter((box) => box.checked).length;
    hint.textContent = count ? `${count} selected` : words;
    all.textContent = count === boxes.length ? "Select none" : "Select all";
  };
  form.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    const from = event.shiftKey && last !== null ? last : at;
    for (const box of boxes.slice(Math.min(from, at), Math.max(from, at) + 1)) box.checked = event.target.checked;
    last = at;
    update();
  });
  all.addEventListener("click", () => {
    const on = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = on;
    update();
  });
  all.hidden = false;
  update(); // a browser that goes back remembers what was ticked
}
