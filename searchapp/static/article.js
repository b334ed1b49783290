// The page of an article works without this file. With it one steps from mark to mark, values are
// marked without leaving the place, and a citation is copied by a button.
"use strict";

(() => {
  const KEYS = "searchapp.keys";
  const texts = document.getElementById("reading").dataset; // in the language of the page
  let steps = null;

  const make = (name, properties, ...inside) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...inside);
    return element;
  };

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const kept = (name) => {
    try { return localStorage.getItem(name); } catch { return null; }
  };
  const keep = (name, value) => {
    try { localStorage.setItem(name, value); } catch { /* a private window remembers nothing */ }
  };

  /* Steps through the marks of one word, or of all. */
  class Steps {
    constructor(bar) {
      this.marks = [...document.querySelectorAll(".text mark[data-words]")];
      this.chips = [...bar.querySelectorAll("a[data-word]")];
      this.names = new Map(this.chips.map((chip) => [chip.dataset.word, chip.dataset.name]));
      this.word = this.chips.length === 1 ? this.chips[0].dataset.word : "";
      this.current = null;
      this.said = make("output", {});
      this.said.setAttribute("aria-live", "polite");
      bar.querySelector(".chips").after(this.buttons());
      if (this.chips.length > 1) this.addAll(bar.querySelector(".chips"));
      for (const chip of this.chips) chip.addEventListener("click", (event) => this.choose(event, chip));
      for (const link of bar.querySelectorAll(".places a")) {
        link.addEventListener("click", () => this.stand(document.querySelector(link.hash)));
      }
      this.offerKeys(bar.querySelector(".keys"));
      this.show();
      const target = this.marks.find((mark) => `#${mark.id}` === location.hash);
      if (target) this.stand(target);
    }

    buttons() {
      const previous = make("button", { type: "button", title: texts.previousPlace }, texts.previous);
      const next = make("button", { type: "button", title: texts.nextPlace }, texts.next);
      previous.addEventListener("click", () => this.step(-1));
      next.addEventListener("click", () => this.step(1));
      return make("div", { className: "steps" }, previous, next, this.said);
    }

    addAll(chips) {
      const count = make("span", { className: "count" }, String(this.marks.length));
      const [before, after] = texts.all.split("{number}");
      this.all = make("button", { type: "button" }, before, count, after);
      this.all.addEventListener("click", () => { this.word = ""; this.show(); });
      chips.prepend(make("li", {}, this.all));
    }

    offerKeys(line) {
      const box = make("input", { type: "checkbox", checked: kept(KEYS) !== "off" });
      box.addEventListener("change", () => { keep(KEYS, box.checked ? "on" : "off"); });
      line.prepend(make("label", {}, box, ` ${texts.keys} `));
      line.hidden = false;
    }

    places() {
      return this.word ? this.marks.filter((mark) => this.wordsOf(mark).includes(this.word)) : this.marks;
    }

    wordsOf(mark) {
      return mark.dataset.words.split(" ");
    }

    choose(event, chip) {
      event.preventDefault();
      const again = this.word === chip.dataset.word && this.current;
      this.word = chip.dataset.word;
      if (again) this.step(1);
      else this.go(this.places()[0]);
    }

    /* The next place after the current one, or after what is on the screen. */
    step(by) {
      const places = this.places();
      const here = places.indexOf(this.current);
      if (here >= 0) return this.go(places[(here + by + places.length) % places.length]);
      const isBehind = this.current
        ? (mark) => this.current.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING
        : (mark) => mark.getBoundingClientRect().top >= 0;
      const next = places.findIndex(isBehind);
      if (by > 0) return this.go(places[Math.max(next, 0)]);
      return this.go(places[next > 0 ? next - 1 : places.length - 1]);
    }

    go(mark) {
      this.stand(mark);
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      mark.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
    }

    stand(mark) {
      this.current?.classList.remove("current");
      this.current = mark;
      mark.classList.add("current");
      this.show();
    }

    show() {
      for (const chip of this.chips) chip.toggleAttribute("aria-current", chip.dataset.word === this.word);
      this.all?.toggleAttribute("aria-current", this.word === "");
      for (const one of [this.all, ...this.chips]) {
        if (one?.hasAttribute("aria-current")) one.setAttribute("aria-current", "true");
      }
      const places = this.places();
      const at = places.indexOf(this.current) + 1;
      const name = this.word || !at ? this.names.get(this.word) : this.wordsOf(this.current).map((word) => this.names.get(word)).join(", ");
      this.said.value = at ? filled(texts.at, { at, number: places.length, words: name }) : "";
    }
  }

  const begin = () => {
    const bar = document.querySelector("#words");
    steps = bar ? new Steps(bar) : null;
    offerCopies();
  };

  const offerCopies = () => {
    const citation = document.getElementById("citation");
    if (!citation || !navigator.clipboard) return;
    const stable = document.getElementById("stable");
    citation.after(copies(texts.copyCitation, () => citation.textContent));
    stable.after(" ", copies(texts.copyLink, () => stable.href));
  };

  const copies = (label, text) => {
    const said = make("output", {});
    const button = make("button", { type: "button" }, label);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text());
        said.value = ` ${texts.copied}`;
      } catch {
        said.value = ` ${texts.refused}`;
      }
    });
    return make("span", {}, button, said);
  };

  /* A switch changes the page in place: what was open stays open, and the focus where it was. */
  const swap = async (link) => {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("reading");
    const reading = document.getElementById("reading");
    for (const open of reading.querySelectorAll("details[open][id]")) {
      const same = fresh.querySelector(`#${CSS.escape(open.id)}`);
      if (same) same.open = true;
    }
    reading.replaceWith(fresh);
    history.replaceState(null, "", link.href);
    begin();
    document.getElementById(link.id)?.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".switches a");
    const plain = !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain) return;
    event.preventDefault();
    swap(link).catch(() => { location.href = link.href; });
  });

  document.addEventListener("keydown", (event) => {
    const by = { n: 1, p: -1 }[event.key];
    const writes = event.target.closest("input, textarea, select, [contenteditable]");
    if (!by || !steps || writes || event.metaKey || event.ctrlKey || event.altKey || kept(KEYS) === "off") return;
    event.preventDefault();
    steps.step(by);
  });

  begin();
})();
