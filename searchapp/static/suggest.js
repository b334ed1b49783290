// Suggestions while typing: a combobox with a list (ARIA Authoring Practices, "list autocomplete with
// manual selection"). The search form works without it.

const input = document.getElementById("q");
const root = document.body.dataset.root;
const texts = input.dataset;
const WAIT = 120;
const list = document.createElement("ul");
let options = [];
let active = -1;
let timer;
let asked = 0;

list.id = "suggestions";
list.className = "suggestions";
list.hidden = true;
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", texts.suggestions);
input.parentElement.append(list);
input.setAttribute("role", "combobox");
input.setAttribute("aria-autocomplete", "list");
input.setAttribute("aria-controls", list.id);
input.setAttribute("aria-expanded", "false");

function close() {
  clearTimeout(timer);
  asked += 1;
  list.hidden = true;
  active = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

/** The label with what was typed marked; it is text, whatever a document says. */
function marked(label, spans) {
  const name = document.createElement("bdi");
  const letters = [...label]; // spans count code points
  let at = 0;
  for (const [start, end] of spans) {
    const mark = document.createElement("mark");
    mark.textContent = letters.slice(start, end).join("");
    name.append(letters.slice(at, start).join(""), mark);
    at = end;
  }
  name.append(letters.slice(at).join(""));
  return name;
}

function small(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

function option(suggestion, number) {
  const item = document.createElement("li");
  item.id = `suggestion-${number}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.append(marked(suggestion.label, suggestion.marks), small("kind", texts[suggestion.kind] ?? ""));
  if (suggestion.count) item.append(small("count", suggestion.count.toLocaleString(document.documentElement.lang)));
  item.addEventListener("pointerdown", (event) => event.preventDefault()); // the input keeps the focus
  item.addEventListener("click", () => choose(number));
  return item;
}

function offer(suggestions) {
  options = suggestions;
  if (!suggestions.length) return close();
  active = -1;
  input.removeAttribute("aria-activedescendant");
  list.replaceChildren(...suggestions.map(option));
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
}

/** Where a suggestion leads: a search keeps the filters that are in force on this page. */
function leads({ kind, html }) {
  const results = document.getElementById("carried");
  if (!results || kind === "title" || kind === "recent") return html;
  const there = new URL(html, location.href);
  for (const [name, value] of new URLSearchParams(location.search)) {
    const own = ["q", "page", "cursor"].includes(name) || there.searchParams.getAll(name).includes(value);
    if (!own) there.searchParams.append(name, value);
  }
  return there.href;
}

function choose(number) {
  const suggestion = options[number];
  close();
  location.assign(leads(suggestion));
}

function move(by) {
  const items = list.children;
  items[active]?.setAttribute("aria-selected", "false");
  active = (active + by + items.length + 1) % (items.length + 1);
  if (active === items.length) active = -1; // back in the input
  const item = items[active];
  if (!item) return input.removeAttribute("aria-activedescendant");
  item.setAttribute("aria-selected", "true");
  item.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", item.id);
}

/** Searches that this browser remembers and that begin with what is typed: see searches.js. */
function recent(typed, most) {
  try {
    const kept = JSON.parse(localStorage.getItem("searchapp.recent")) ?? [];
    const begins = ({ label, url }) =>
      label.toLowerCase().startsWith(typed.toLowerCase()) && label !== typed && /^\/(?![/\\])/.test(url);
    const length = [...typed].length;
    return kept.filter(begins).slice(0, most).map(({ label, url }) => (
      { kind: "recent", label, marks: length ? [[0, length]] : [], html: url }
    ));
  } catch {
    return [];
  }
}

async function ask() {
  const mine = ++asked;
  const q = input.value;
  if (!q.trim()) return offer(recent("", 6));
  try {
    const response = await fetch(`${root}/api/v1/suggest?${new URLSearchParams({ q })}`);
    const answer = await response.json();
    if (mine === asked && document.activeElement === input) offer([...recent(q.trim(), 2), ...(response.ok ? answer.suggestions : [])]);
  } catch {
    close();
  }
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
});
input.addEventListener("blur", close);
input.form.addEventListener("submit", close);
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) ask();
    else move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && active >= 0) {
    event.preventDefault();
    choose(active);
  }
});
