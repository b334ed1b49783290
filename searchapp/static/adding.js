// The progress of a run without loading the page again; without this file it loads itself.
const bar = document.getElementById("progress");
const text = document.getElementById("progress-text");

async function look() {
  try {
    const answer = await fetch(bar.dataset.of, { headers: { Accept: "application/json" } });
    const run = await answer.json();
    if (run.over || !answer.ok) return location.reload();
    // Told every ten per cent: a screen reader speaks each change.
    if (Math.floor(run.percent / 10) !== Math.floor(bar.value / 10)) text.textContent = run.text;
    bar.value = run.percent;
  } catch {
    text.textContent = bar.dataset.silent;
  }
  setTimeout(look, 1000);
}

if (bar) setTimeout(look, 1000);
