// The stories stand in elements of JSON, which are read when they are needed; what is found is shown fifty at a time.
"use strict";
(() => {
  const PAGE = 50; // stories shown at a time
  const SLICE = 12; // milliseconds of work between two breaths of the browser
  const KEPT = 8; // chunks kept as they were read
  const DOTS = 400; // items drawn on a line of time
  const NAMES = 6; // outlets named beside folded copies

  const by = (id) => document.getElementById(id);
  const facts = JSON.parse(by("facts").textContent);
  const { words, outlets } = facts;
  const pageDirection = document.documentElement.dir;

  // --- markup ---------------------------------------------------------------------------------------------------

  const make = (space) => (name, attributes, ...children) => {
    const element = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.flat().filter(Boolean));
    return element;
  };
  const h = make("http://www.w3.org/1999/xhtml");
  const s = make("http://www.w3.org/2000/svg");
  const between = (parts) => parts.filter(Boolean).flatMap((part, at) => (at ? [" · ", part] : [part]));
  const count = (number) => number.toLocaleString("en");
  const named = (name, number) => `${name}: ${count(number)}`;
  const outletName = (at) => (at === undefined ? words.no_outlet : outlets[at]);
  const FAR = 8e12; // no date of JavaScript lies beyond, in seconds
  const minute = (when) =>
    when === undefined || Math.abs(when) > FAR ? "" : new Date(when * 1000).toISOString().slice(0, 16).replace("T", " ");
  const time = (when) => (minute(when) ? h("bdi", { dir: "ltr" }, minute(when)) : h("bdi", {}, words.undated));

  // --- search ---------------------------------------------------------------------------------------------------

  const ALIKE = { "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ٱ": "ا", "ـ": "" };
  /** A text as it is searched: without case, marks and tatweel, one letter for those of Arabic that are written alike. */
  const fold = (text) =>
    text
      .normalize("NFKD")
      .toLowerCase()
      .replace(/\p{M}+/gu, "")
      .replace(/[ىیةکٱـ]/g, (letter) => ALIKE[letter])
      .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();

  // --- data -----------------------------------------------------------------------------------------------------

  const chunks = new Map();
  const chunk = (at) => {
    if (!chunks.has(at)) {
      if (chunks.size >= KEPT) chunks.delete(chunks.keys().next().value);
      chunks.set(at, JSON.parse(by(`stories-${at}`).textContent));
    }
    return chunks.get(at);
  };
  const storyAt = (at) => chunk(Math.floor(at / facts.chunk))[at % facts.chunk];

  /** What a story is found by. */
  const digest = (story) => ({
    text: fold([story.label, ...story.items.map((item) => item.title)].join(" ")),
    outlets: new Set(story.items.map((item) => item.outlet)),
    languages: new Set(story.items.map((item) => item.language)),
    dates: story.items.map((item) => item.when).filter((when) => when !== undefined),
    size: story.items.length,
  });
  const digests = [];
  const digestAt = (at) => (digests[at] ??= digest(storyAt(at)));

  // --- filters --------------------------------------------------------------------------------------------------

  const form = by("filters");
  const value = (id) => by(id).value.trim();
  const day = (id, end) => (value(id) ? Date.parse(`${value(id)}T${end}Z`) / 1000 : undefined);

  /** What is asked for, and whether it is everything in the order of the data. */
  const asked = () => {
    const outlet = fold(value("outlet"));
    const wanted = outlet && new Set(outlets.flatMap((name, at) => (fold(name).includes(outlet) ? [at] : [])));
    return {
      terms: fold(value("search")).split(" ").filter((term) => term),
      outlets: wanted,
      language: value("language"),
      from: day("from", "00:00:00"),
      to: day("to", "23:59:59"),
      least: Number(value("least")),
      sort: value("sort"),
    };
  };

  const fits = (found, want) =>
    found.size >= want.least &&
    (!want.language || found.languages.has(want.language)) &&
    (!want.outlets || [...found.outlets].some((outlet) => want.outlets.has(outlet))) &&
    (want.from === undefined || found.dates.some((when) => when >= want.from)) &&
    (want.to === undefined || found.dates.some((when) => when <= want.to)) &&
    want.terms.every((term) => found.text.includes(term));

  const last = (found) => found.dates.reduce((latest, when) => Math.max(latest, when), -Infinity);
  const KEYS = { date: last, size: (found) => found.size };

  let run = 0; // the search that counts; older ones stop
  let matches = [];
  let shown = 0;

  const search = async () => {
    const own = ++run;
    const want = asked();
    const everything =
      !want.terms.length && !want.outlets && !want.language && want.from === undefined && want.to === undefined &&
      want.least === 1 && want.sort === "importance";
    matches = [];
    clear();
    if (everything) {
      matches = Array.from({ length: facts.stories }, (_, at) => at);
      say(false);
      return show();
    }
    let pause = performance.now() + SLICE;
    for (let at = 0; at < facts.stories; at++) {
      if (fits(digestAt(at), want)) matches.push(at);
      if (performance.now() > pause) {
        say(true);
        if (want.sort === "importance" && shown < PAGE) show();
        await new Promise((done) => setTimeout(done));
        if (own !== run) return;
        pause = performance.now() + SLICE;
      }
    }
    const key = KEYS[want.sort];
    if (key) {
      const keys = new Map(matches.map((at) => [at, key(digests[at])]));
      matches.sort((x, y) => (keys.get(y) > keys.get(x)) - (keys.get(y) < keys.get(x)) || x - y);
    }
    say(false);
    if (shown < PAGE) show();
  };

  const list = by("list");
  const more = by("more");
  const clear = () => {
    list.replaceChildren();
    shown = 0;
  };
  const say = (searching) => {
    by("found").textContent = `${words.found}: ${count(matches.length)}${searching ? `, ${words.searching} …` : ""}`;
  };
  /** Shows the next matches, up to the end of a page. */
  const show = () => {
    const end = Math.min(matches.length, shown - (shown % PAGE) + PAGE);
    list.append(...matches.slice(shown, end).map((at) => card(at)));
    shown = end;
    more.hidden = shown >= matches.length;
    if (!matches.length) list.append(h("li", { class: "empty" }, words.nothing));
  };

  // --- a story --------------------------------------------------------------------------------------------------

  /** A list that grows by a page at a time, and the button for that. */
  const paged = (list, entries, render) => {
    let from = 0;
    const next = h("button", { type: "button", class: "next", dir: pageDirection }, words.further);
    const grow = () => {
      list.append(...entries.slice(from, from + PAGE).map(render));
      from += PAGE;
      next.hidden = from >= entries.length;
    };
    next.addEventListener("click", grow);
    grow();
    return [list, next];
  };

  const cutOff = (item) => (item.cut ? h("span", { class: "cut" }, ` … (+${count(item.cut)} ${words.cut})`) : "");

  const card = (at) => {
    const story = storyAt(at);
    const item = story.items[story.canonical];
    const several = story.items.length > 1;
    const button = h("button", { type: "button", "aria-expanded": "false", lang: item.language }, item.title || item.id);
    const dates = story.items.map((one) => one.when).filter((when) => when !== undefined);
    const meta = between([
      h("bdi", {}, outletName(item.outlet)),
      dates.length && time(dates.at(-1)),
      several && named(words.items, story.items.length),
      several && named(words.texts, story.texts),
      several && story.outlets && named(words.outlets, story.outlets),
      story.is_weak && words.weak,
    ]);
    const article = h(
      "article",
      { dir: "auto" },
      story.label && h("p", { class: "label" }, story.label),
      h("h3", {}, button, cutOff(item)),
      h("p", { class: "meta", dir: pageDirection }, meta),
    );
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) article.lastElementChild.remove();
      else article.append(panel(story));
    });
    return h("li", { class: "story", "data-at": at }, article);
  };

  const panel = (story) =>
    h(
      "div",
      { class: "panel" },
      story.keywords.length && h("p", { class: "keywords" }, between(story.keywords.map((word) => h("bdi", {}, word)))),
      importance(story),
      reasons(story),
      timeline(story),
      items(story),
    );

  const importance = ({ importance: { outlets, size, recency } }) => {
    const parts = [[words.outlets, outlets], [words.size, size], [words.recency, recency]];
    const shown = (part) => h("bdi", { dir: "ltr" }, (Math.abs(part) < 0.005 ? 0 : part).toFixed(2).replace("-", "−"));
    const said = between(parts.map(([name, part]) => h("span", {}, `${name} `, shown(part))));
    return h("p", { class: "meta", dir: pageDirection }, `${words.importance}: `, shown(outlets + size + recency), " (", said, ")");
  };

  const reasons = (story) => {
    if (!story.reasons.length) return [];
    const widest = Math.max(...story.reasons.map((reason) => reason.most), Number.MIN_VALUE);
    const scale = (part) => ((Math.max(part, 0) / widest) * 100).toFixed(1);
    const row = ({ name, value, most, others }) => [
      h("span", {}, words[name] ?? name),
      s(
        "svg",
        { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
        s("rect", { class: "track", width: scale(most), height: 6 }),
        s("rect", { class: "lead", width: scale(value), height: 6 }),
        s("rect", { class: "tick", x: scale(others), width: 0.8, height: 6 }),
      ),
      h("b", { dir: "ltr" }, `${value.toFixed(2)} / ${most.toFixed(2)}`),
    ];
    return [
      h("h4", { dir: pageDirection }, words.why),
      h("div", { class: "reasons", dir: pageDirection }, story.reasons.flatMap(row)),
      h("p", { class: "note", dir: pageDirection }, words.why_note),
    ];
  };

  /** Dots on a line from the first item to the last, in the direction of the page. */
  const timeline = (story) => {
    const dated = story.items.filter((item) => minute(item.when));
    const [first, end] = [dated[0]?.when, dated.at(-1)?.when];
    if (dated.length < 2 || first === end) return [];
    const place = (when) => {
      const x = 6 + ((when - first) / (end - first)) * 588;
      return (pageDirection === "rtl" ? 600 - x : x).toFixed(1);
    };
    const canonical = story.items[story.canonical];
    const step = Math.ceil(dated.length / DOTS);
    const drawn = [...dated.filter((item, at) => at % step === 0 && item !== canonical), canonical];
    const dot = (item) =>
      s(
        "circle",
        { class: item === canonical ? "dot" : "other", cx: place(item.when), cy: 10, r: 5 },
        s("title", {}, `${minute(item.when)} ${outletName(item.outlet)}: ${item.title}`),
      );
    return [
      h("h4", { dir: pageDirection }, words.timeline),
      s(
        "svg",
        { class: "time", viewBox: "0 0 600 20", role: "img", "aria-label": words.timeline },
        s("line", { class: "grid", x1: 6, x2: 594, y1: 10, y2: 10 }),
        drawn.filter((item) => minute(item.when)).map(dot),
      ),
      h("div", { class: "ends", dir: pageDirection }, time(first), time(end)),
    ];
  };

  // --- its items ------------------------------------------------------------------------------------------------

  const line = (item, story) => {
    const title = item.title || item.id;
    const name = item.url
      ? h("a", { href: item.url, rel: "noopener noreferrer nofollow", target: "_blank" }, title)
      : title;
    const kind = item.kind === "canonical" || item.kind === "unique" ? "" : `${words[item.kind]} ${item.similarity.toFixed(2)}`;
    const canonical = item === story.items[story.canonical] && story.items.length > 1;
    const meta = [h("bdi", {}, outletName(item.outlet)), time(item.when), kind, canonical && words.canonical];
    return [
      h("p", { class: "head", lang: item.language }, name, cutOff(item)),
      h("p", { class: "meta", dir: pageDirection }, between(meta)),
    ];
  };

  const TAGS = { removed: "del", added: "ins", same: "span" };
  const changes = (name, runs) =>
    runs && [
      h("p", { class: "diff-name", dir: pageDirection }, name),
      h("p", { class: "diff" }, runs.flatMap(({ what, text }) => [h(TAGS[what], {}, text), " "])),
    ];

  const copyOf = (item, story) => {
    const { title, body } = item.copy;
    const same = !title && !body && h("p", { class: "diff-name", dir: pageDirection }, words.same_words);
    return h("li", {}, line(item, story), changes(words.headline, title), changes(words.body, body), same);
  };

  /** The texts of a story by time, the copies of each folded below it. */
  const items = (story) => {
    const heads = story.items.filter((item) => !item.copy);
    const text = (head) => {
      const copies = story.items.filter((item) => item.copy && item.text === head.text);
      const names = [...new Set(copies.map((item) => outletName(item.outlet)))];
      const few = names.slice(0, NAMES).map((name) => h("bdi", {}, name));
      const said = between([named(words.copies, copies.length), ...few, names.length > NAMES && "…"]);
      const folded = h("details", {}, h("summary", {}, h("span", { dir: pageDirection }, said)));
      folded.addEventListener(
        "toggle",
        () => folded.append(...paged(h("ol", { class: "copies", dir: "auto" }), copies, (item) => copyOf(item, story))),
        { once: true },
      );
      const canonical = head === story.items[story.canonical] && story.items.length > 1;
      return h("li", { class: canonical ? "is-canonical" : undefined }, line(head, story), copies.length ? folded : "");
    };
    const title = story.items.length > 1 && h("h4", { dir: pageDirection }, named(words.texts, heads.length));
    return [title, ...paged(h("ol", { class: "items" }), heads, text)];
  };

  // --- the page -------------------------------------------------------------------------------------------------

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const theme = by("theme");
  theme.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  });

  let waiting;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 150);
  };
  form.addEventListener("input", soon);
  form.addEventListener("reset", () => setTimeout(search));
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", show);
  for (const element of [form, theme, by("found")]) element.hidden = false;
  search();
})();
