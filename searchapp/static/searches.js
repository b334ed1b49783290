// Saved and recent searches. They are kept in this browser (localStorage) and sent nowhere.

const SAVED = "searchapp.saved";
const RECENT = "searchapp.recent";
const MOST = { [SAVED]: 200, [RECENT]: 30 };

function kept(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return Array.isArray(found) ? found.filter(({ label, url }) => label && isOurs(url)) : [];
  } catch {
    return [];
  }
}

/** An address of this site, and no script: another page on this host may have written it. */
function isOurs(url) {
  return typeof url === "string" && /^\/(?![/\\])/.test(url);
}

function keep(key, searches) {
  try {
    localStorage.setItem(key, JSON.stringify(searches.slice(0, MOST[key])));
  } catch {
    // Full, or forbidden: then nothing is kept.
  }
}

const add = (key, search) => keep(key, [search, ...without(key, search.url)]);
const without = (key, url) => kept(key).filter((each) => each.url !== url);

// --- a page of results: remember it, and offer to save it ------------------------------------------

function remember() {
  const button = document.getElementById("save-search");
  if (!button) return;
  const search = { label: button.dataset.label, url: button.dataset.url };
  if (search.label) add(RECENT, search);
  const isSaved = () => kept(SAVED).some(({ url }) => url === search.url);
  const tell = () => {
    button.hidden = !search.label;
    button.textContent = isSaved() ? button.dataset.saved : button.dataset.save;
    button.setAttribute("aria-pressed", String(isSaved()));
  };
  button.addEventListener("click", () => {
    if (isSaved()) keep(SAVED, without(SAVED, search.url));
    else add(SAVED, search);
    tell();
  });
  tell();
}

document.addEventListener("shown", remember);
remember();

// --- the page that lists them ---------------------------------------------------------------------

function link(href, text) {
  const a = document.createElement("a");
  a.href = href;
  a.textContent = text;
  return a;
}

function feedOf(url) {
  const [path, query = ""] = url.split("?");
  const pairs = new URLSearchParams(query);
  pairs.set("sort", "newest");
  return `${path}feed.atom?${pairs}`;
}

function row(search, key, texts, again) {
  const item = document.createElement("li");
  item.append(link(search.url, search.label));
  if (key === SAVED) item.append(link(feedOf(search.url), texts.feed));
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "quiet";
  remove.textContent = texts.remove;
  remove.setAttribute("aria-label", `${texts.remove}: ${search.label}`);
  remove.addEventListener("click", () => {
    keep(key, without(key, search.url));
    again();
  });
  item.append(remove);
  return item;
}

function list(id, key, texts, empty) {
  const place = document.getElementById(id);
  const again = () => {
    list(id, key, texts, empty);
    place.querySelector("button")?.focus();
  };
  const rows = kept(key).map((search) => row(search, key, texts, again));
  if (!rows.length) {
    rows.push(document.createElement("li"));
    rows[0].className = "note";
    rows[0].textContent = empty;
  }
  place.replaceChildren(...rows);
}

const page = document.getElementById("searches");
if (page) {
  const texts = page.dataset;
  const both = () => {
    list("saved", SAVED, texts, texts.emptySaved);
    list("recent", RECENT, texts, texts.emptyRecent);
  };
  const forget = document.getElementById("forget");
  forget.hidden = false;
  forget.addEventListener("click", () => {
    keep(RECENT, []);
    both();
    document.getElementById("said").textContent = texts.forgotten;
  });
  both();
}
