// The charts work without this file. It adds quick tooltips, arrow keys (a chart is then one stop of
// the Tab key), a range on the timeline by dragging, by Shift and click or by Shift and arrows, and
// it remembers which part of the world was enlarged.
(() => {
  let life = new AbortController(); // of the charts that are there
  const said = (link) => link.getAttribute("aria-label");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");

  const showTip = (link, x, y) => {
    tip.textContent = said(link);
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.max(4, Math.min(x - width / 2, innerWidth - width - 4));
    tip.style.left = `${left}px`;
    tip.style.top = `${y - height - 14 > 0 ? y - height - 14 : y + 20}px`;
  };
  const hideTip = () => { tip.hidden = true; };

  const middle = (link) => {
    const box = link.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };

  // The link that an arrow key leads to: on the timeline the next bar, on the map the nearest
  // country in that direction; what lies aside counts twice.
  const toward = (links, from, key, flat) => {
    const at = links.indexOf(from);
    if (key === "Home") return links[0];
    if (key === "End") return links[links.length - 1];
    if (flat) return { ArrowLeft: links[at - 1], ArrowRight: links[at + 1] }[key];
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const here = middle(from);
    let best, least = Infinity;
    for (const link of links) {
      const there = middle(link);
      const ahead = (there.x - here.x) * dx + (there.y - here.y) * dy;
      const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
      if (link !== from && ahead > 1 && ahead + 2 * aside < least) {
        best = link;
        least = ahead + 2 * aside;
      }
    }
    return best;
  };

  const KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

  const prepare = (chart) => {
    const picture = chart.querySelector("svg.picture");
    const links = [...picture.querySelectorAll("a")];
    if (!links.length) return;
    const flat = chart.classList.contains("timeline");
    const range = chart.dataset.range ? rangeOf(chart, links) : null;
    let stop = links.find((link) => link.hasAttribute("aria-current")) || links[0];
    for (const link of links) {
      const title = link.querySelector("title");
      link.setAttribute("aria-label", title.textContent);
      title.remove(); // the browser would show it a second time
      link.setAttribute("tabindex", link === stop ? "0" : "-1");
    }
    chart.querySelector(".past")?.remove();
    picture.addEventListener("pointermove", (event) => {
      const link = event.target.closest("a");
      if (link && event.pointerType !== "touch") showTip(link, event.clientX, event.clientY);
      else hideTip();
    });
    picture.addEventListener("pointerleave", hideTip);
    // Not on the picture: Chromium makes an SVG that listens for focus a stop of the Tab key.
    chart.addEventListener("focusin", (event) => {
      const link = event.target.closest("a");
      if (!links.includes(link)) return;
      stop.setAttribute("tabindex", "-1");
      link.setAttribute("tabindex", "0");
      stop = link;
      if (link.matches(":focus-visible")) {
        const box = link.getBoundingClientRect();
        showTip(link, box.x + box.width / 2, Math.max(box.y, 0));
      }
    });
    chart.addEventListener("focusout", hideTip);
    picture.addEventListener("keydown", (event) => {
      const link = event.target.closest("a");
      if (!link || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === "Escape") hideTip();
      if (range && range.key(event, link)) event.preventDefault();
      else if (KEYS.has(event.key)) {
        event.preventDefault();
        const next = toward(links, link, event.key, flat);
        if (!next) return;
        if (range) range.moved(event.shiftKey, link, next);
        next.focus();
      }
    });
  };

  // Choosing from one bar of a timeline to another.
  const rangeOf = (chart, links) => {
    const picture = chart.querySelector("svg.picture");
    const status = chart.querySelector("[role=status]");
    let start = null, end = null, dragging = false, dragged = false;

    const ends = () => {
      const [a, b] = [links.indexOf(start), links.indexOf(end)].sort((x, y) => x - y);
      return [links[a], links[b]];
    };
    const mark = () => {
      const [first, last] = start ? ends() : [];
      let inside = false;
      for (const link of links) {
        if (link === first) inside = start !== end;
        link.classList.toggle("dragged", inside);
        if (link === last) inside = false;
      }
    };
    const clear = () => {
      start = end = null;
      dragging = false;
      status.textContent = "";
      mark();
    };
    const go = () => {
      const [first, last] = ends();
      location.assign(chart.dataset.range
        .replace("FROM", first.dataset.from).replace("TO", last.dataset.to));
    };
    const at = (event) => {
      const under = document.elementFromPoint(event.clientX, event.clientY);
      const link = under && under.closest("a");
      return links.includes(link) ? link : null;
    };

    picture.addEventListener("dragstart", (event) => event.preventDefault());
    picture.addEventListener("pointerdown", (event) => {
      dragged = false;
      if (event.button || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      start = end = at(event);
      dragging = start !== null;
    });
    const { signal } = life; // the window outlives the chart
    addEventListener("pointermove", (event) => {
      if (!dragging) return;
      const link = at(event);
      if (!link || link === end) return;
      end = link;
      mark();
    }, { signal });
    addEventListener("pointerup", () => {
      if (!dragging) return;
      dragging = false;
      dragged = start !== end;
      if (dragged) go();
      else clear();
    }, { signal });
    addEventListener("pointercancel", clear, { signal });
    picture.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (dragged) event.preventDefault();
      else if (link && event.shiftKey) {
        event.preventDefault();
        start = links.find((one) => one.classList.contains("within")) || links.find((one) => one.getAttribute("tabindex") === "0");
        end = link;
        go();
      }
      dragged = false;
    });
    return {
      key: (event) => {
        if (event.key === "Escape" && start) return clear(), true;
        if (event.key === "Enter" && start && start !== end) return go(), true;
        return false;
      },
      moved: (extend, from, to) => {
        if (!extend) return clear();
        start = start || from;
        end = to;
        mark();
        const [first, last] = ends();
        status.textContent = chart.dataset.says
          .replace("{from}", first.dataset.from).replace("{to}", last.dataset.to);
      },
    };
  };

  const remember = (chart) => {
    const kept = `view of ${chart.querySelector(".views input").name}`;
    try {
      const value = sessionStorage.getItem(kept);
      for (const input of chart.querySelectorAll(".views input")) {
        if (input.value === value) input.checked = true;
      }
      chart.addEventListener("change", (event) => sessionStorage.setItem(kept, event.target.value));
    } catch { /* a browser that keeps nothing */ }
  };

  const prepareAll = () => {
    life.abort();
    life = new AbortController();
    hideTip();
    document.querySelectorAll(".chart").forEach(prepare);
    document.querySelectorAll(".chart.world").forEach(remember);
  };

  document.body.append(tip);
  document.addEventListener("shown", prepareAll); // charts of a page that was put in place
  prepareAll();
})();
