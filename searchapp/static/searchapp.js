// The pages work without this file. With it the filters take effect at once: a page is fetched as it
// would be opened, and what differs is put in place, so that there is one account of each page.

document.documentElement.classList.add("js");
// What was ticked before this file was here to see it still has to be applied by the button.
document.documentElement.classList.toggle("ticked", [...document.querySelectorAll(".filters input")].some(
  (input) => input.checked !== input.defaultChecked || input.value !== input.defaultValue,
));

/** Read out to those who do not see the page change. */
function say(text) {
  document.getElementById("said").textContent = text;
}

// --- forms -----------------------------------------------------------------------------------------

/** The address a form leads to, without its empty fields. */
function addressOf(form) {
  const pairs = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(pairs).toString();
  return form.action + (query ? `?${query}` : "");
}

document.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) {
    if (value === "") formData.delete(name);
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("q").select();
  }
});

// --- pages in place ----------------------------------------------------------------------------

const PARTS = ["content", "carried"];
let latest = 0;

/** What has the focus, so that it can have it again in the new page. */
function focused() {
  const at = document.activeElement;
  if (at?.id) return `#${CSS.escape(at.id)}`;
  if (at?.name) return `[name="${CSS.escape(at.name)}"][value="${CSS.escape(at.value)}"]`;
  return null;
}

function open() {
  const shown = document.getElementById("show-filters")?.checked;
  const details = [...document.querySelectorAll("main details[id][open]")].map((each) => each.id);
  return () => {
    const toggle = document.getElementById("show-filters");
    if (toggle && shown) toggle.checked = true;
    for (const id of details) document.getElementById(id)?.setAttribute("open", "");
  };
}

async function fetched(address) {
  const mine = ++latest;
  document.getElementById("content").setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return mine === latest ? page : null;
  } finally {
    if (mine === latest) document.getElementById("content").removeAttribute("aria-busy");
  }
}

/** Put the page at `address` in the place of this one. `top`: begin at its top. */
async function show(address, { top = false } = {}) {
  let page;
  try {
    page = await fetched(address);
  } catch {
    location.assign(address); // the browser says what is wrong
    return;
  }
  if (!page) return; // another one was asked for meanwhile
  const focus = focused();
  const reopen = open();
  for (const id of PARTS) {
    const [old, its] = [document.getElementById(id), page.getElementById(id)];
    if (old && its) old.replaceChildren(...its.childNodes);
  }
  document.documentElement.classList.remove("ticked");
  document.title = page.title;
  for (const name of ["canonical", "alternate"]) replaceLinks(page, name);
  reopen();
  const again = focus && document.querySelector(focus);
  if (top || !again) document.getElementById("content").focus({ preventScroll: true });
  else again.focus({ preventScroll: true });
  if (top) scrollTo(0, 0);
  say(document.querySelector("h1").textContent.trim().replace(/\s+/g, " "));
  document.dispatchEvent(new CustomEvent("shown"));
}

function replaceLinks(page, rel) {
  for (const link of document.head.querySelectorAll(`link[rel="${rel}"]`)) link.remove();
  document.head.append(...page.head.querySelectorAll(`link[rel="${rel}"]`));
}

async function go(address, how) {
  history.pushState(null, "", address);
  await show(address, how);
}

addEventListener("popstate", () => {
  if (document.getElementById("carried")) show(location.href);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || !document.getElementById("carried")) return;
  event.preventDefault();
  go(link.href.baseVal ?? link.href, { top: link.dataset.swap === "top" });
});

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches('.filters input[type="checkbox"], .filters input[type="radio"]')) {
    go(addressOf(target.form));
  }
  // A date that is being typed is a date for every digit of its year.
  if (target.matches('.filters input[type="date"]') && !/^0/.test(target.value)) {
    go(addressOf(target.form));
  }
});

// --- finding a value within a facet ---------------------------------------------------------------

let wait;

document.addEventListener("input", (event) => {
  const list = event.target.dataset?.within;
  if (!list) return;
  clearTimeout(wait);
  wait = setTimeout(async () => {
    const page = await fetched(addressOf(event.target.form)).catch(() => null);
    const its = page?.getElementById(list);
    if (!its) return;
    document.getElementById(list).replaceChildren(...its.childNodes);
    const names = document.querySelectorAll(`#${list} label bdi`);
    say([...names].slice(0, 3).map((name) => name.textContent).join(", ") || its.textContent.trim());
  }, 200);
});
