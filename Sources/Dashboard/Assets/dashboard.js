// The settings page. Everything works without this file but copying, live figures, and the reader's time beside UTC.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Times are in UTC on every page, as days, filters and files are; the title has the reader's zone. What is relative has no zone.

  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const clock = (date) => `${date.getHours()}`.padStart(2, "0") + ":" + `${date.getMinutes()}`.padStart(2, "0");
  const dateAndTime = (date) => `${date.getDate()} ${months[date.getMonth()]} ${date.getFullYear()}, ${clock(date)}`;
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });

  function ago(date) {
    const seconds = Math.max(0, (Date.now() - date.getTime()) / 1000);
    const steps = [[60, 1, "second"], [3600, 60, "minute"], [86400, 3600, "hour"], [30 * 86400, 86400, "day"],
      [365 * 86400, 30 * 86400, "month"], [Infinity, 365 * 86400, "year"]];
    if (seconds < 10) return "just now";
    const [, size, unit] = steps.find(([below]) => seconds < below);
    return relative.format(-Math.max(1, Math.floor(seconds / size)), unit);
  }

  function showTime(element) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) return;
    element.title = `${dateAndTime(date)} in your time zone (${element.dateTime})`;
    if (!element.hasAttribute("data-relative")) return;
    const text = ago(date);
    if (element.textContent !== text) element.textContent = text;
  }

  // What the server sent for each live part, before this script changes anything in it.

  const partText = new Map(all("[data-part]").map((part) => [part.dataset.part, part.outerHTML]));

  all("time[datetime]").forEach(showTime);
  setInterval(() => all("time[data-relative]").forEach(showTime), 15000);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  all("[data-zone]").forEach((element) => {
    element.textContent = `Times are in UTC. Point at one for your own time zone${zone ? ` (${zone.replaceAll("_", " ")})` : ""}.`;
  });

  // Copying.

  const announcer = one("#announce");
  function announce(text) {
    if (!announcer) return;
    announcer.textContent = "";
    setTimeout(() => { announcer.textContent = text; }, 50);
  }

  const textOf = (element) => ("value" in element ? element.value : element.textContent);

  function select(element) {
    element.focus({ preventScroll: true });
    if ("select" in element) return element.select();
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  async function copy(element) {
    try {
      await navigator.clipboard.writeText(textOf(element));
      return true;
    } catch {
      select(element);
      try { return document.execCommand("copy"); } catch { return false; }
    }
  }

  function offerCopying(button) {
    button.hidden = false;
    const words = button.firstChild;
    const before = words.data;
    let timer;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      const done = await copy(source);
      if (done && source.hasAttribute("data-secret")) secretCopied();
      announce(done ? button.dataset.copied : "It could not be copied. It is selected: copy it with your keyboard.");
      words.data = done ? "Copied" : "Selected";
      button.classList.toggle("is-done", done);
      clearTimeout(timer);
      timer = setTimeout(() => {
        words.data = before;
        button.classList.remove("is-done");
      }, 2500);
    });
  }
  all("button[data-copy]").forEach(offerCopying);

  // A new secret: leaving without having copied it asks; once left, it is in no page, address or history entry.

  let isUncopied = false;
  function secretCopied() { isUncopied = false; }

  // Loading the answer to a form again, or going back to it, leads to a page of its own, and posts nothing again.
  const address = one("[data-address]")?.dataset.address;
  if (address) history.replaceState(null, "", address);

  const secretPage = one("[data-secret-page]");
  if (secretPage) {
    isUncopied = true;
    const secret = one("#secret");
    const dialog = one("#leave");
    let destination = null;

    secret.addEventListener("focus", () => secret.select());
    document.addEventListener("copy", (event) => {
      const copied = event.target === secret
        ? secret.value.slice(secret.selectionStart, secret.selectionEnd)
        : String(getSelection());
      if (secret.value && copied.includes(secret.value)) secretCopied();
    });
    addEventListener("beforeunload", (event) => {
      if (!isUncopied) return;
      event.preventDefault();
      event.returnValue = "unsaved";
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href]");
      const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
      if (!isUncopied || !link || !isPlain || link.getAttribute("href").startsWith("#")) return;
      event.preventDefault();
      destination = link.href;
      dialog.showModal();
    });
    const leave = () => {
      isUncopied = false;
      location.assign(destination);
    };
    dialog.addEventListener("click", async (event) => {
      const choice = event.target.closest("[data-leave]")?.dataset.leave;
      if (choice === "stay") dialog.close();
      if (choice === "go") leave();
      if (choice === "copy") {
        if (await copy(secret)) return leave();
        dialog.close();
        select(secret);
        announce("It could not be copied. It is selected: copy it with your keyboard.");
      }
    });
    addEventListener("pagehide", () => {
      isUncopied = false;
      all("[data-secret]").forEach((element) => {
        if ("value" in element) element.value = "";
        element.textContent = "";
      });
      all("[data-secret-shown]").forEach((element) => element.remove());
      all("[data-secret-gone]").forEach((element) => { element.hidden = false; });
      if (dialog.open) dialog.close();
    });
  }

  // What people paste to have it looked at is not kept either.

  const looksLikeKey = (text) => /[a-z0-9]_[a-z0-9]+_[A-Za-z0-9]{20}/.test(text);
  addEventListener("pagehide", () => {
    all("[data-forget]").forEach((element) => { element.value = ""; });
    all("input").forEach((element) => { if (looksLikeKey(element.value)) element.value = ""; });
  });

  // One click, one command.

  const isSent = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (isSent.has(form)) return event.preventDefault();
    isSent.add(form);
    const button = event.submitter ?? one("button[type=submit]", form);
    if (!button) return;
    setTimeout(() => {
      button.disabled = true;
      if (!button.dataset.busy) return;
      button.dataset.words = button.textContent;
      button.textContent = button.dataset.busy;
    });
  });
  addEventListener("pageshow", () => {
    all("form").forEach((form) => isSent.delete(form));
    all("button[type=submit]:disabled").forEach((button) => {
      button.disabled = false;
      if (button.dataset.words) button.textContent = button.dataset.words;
    });
  });

  // Suggested names as buttons.

  all("[data-chips]").forEach((box) => {
    const field = document.getElementById(box.dataset.for);
    all("option", document.getElementById(box.dataset.chips)).forEach((option) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "chip";
      chip.textContent = option.value;
      chip.addEventListener("click", () => {
        field.value = option.value;
        field.dispatchEvent(new Event("input"));
        field.focus();
      });
      box.append(chip);
    });
    box.hidden = box.childElementCount === 0;
  });

  // Presets: choosing one ticks its scopes, and its name chooses it until somebody chooses otherwise.

  const presets = all("input[name=preset]");
  if (presets.length > 0) {
    const field = one("#name");
    const automatic = presets.find((preset) => preset.value === "auto");
    const fold = (text) => text.trim().toLowerCase();
    const named = (text) => presets.find(({ dataset }) => dataset.presetName && fold(dataset.presetName) === fold(text));
    // On a form that is shown again the preset may be the one that its name chose.
    const checked = presets.find((preset) => preset.checked);
    let isChosen = checked !== automatic && checked !== named(field.value);

    const tick = (preset) => {
      if (!("scopes" in preset.dataset)) return;
      const boxes = all("input[name=scope]");
      const scopes = preset.dataset.scopes.split(" ");
      boxes.forEach((box) => { box.checked = scopes.includes(box.value); });
      one("#moreScopes").value = scopes.filter((scope) => !boxes.some((box) => box.value === scope)).join(" ");
    };
    presets.forEach((preset) => preset.addEventListener("change", () => {
      isChosen = preset !== automatic;
      tick(preset);
      const name = preset.dataset.presetName;
      if (name && (field.value.trim() === "" || named(field.value))) field.value = name;
    }));
    field.addEventListener("input", () => {
      if (isChosen) return;
      const preset = named(field.value) ?? automatic;
      preset.checked = true;
      tick(preset);
    });
  }

  // Rows of names and values: there is always an empty one.

  all("[data-rows]").forEach((rows) => rows.addEventListener("input", () => {
    const last = rows.lastElementChild;
    if (all("input", last).every((input) => input.value === "") || rows.childElementCount >= 50) return;
    const row = last.cloneNode(true);
    all("input", row).forEach((input) => {
      input.value = "";
      input.setAttribute("aria-label", `${input.placeholder} ${rows.childElementCount + 1}`);
    });
    rows.append(row);
  }));

  // Renaming, disabling, enabling: each opens on its field; Escape or a click elsewhere closes it.

  all("details.rename").forEach((box) => {
    box.addEventListener("toggle", () => { if (box.open) one("input.field", box).select(); });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !box.open) return;
      box.open = false;
      one("summary", box).focus();
    });
    document.addEventListener("click", (event) => { if (!box.contains(event.target)) box.open = false; });
  });

  // Live parts. Whatever a page shows of keys stands in parts, and the server renders them anew, all by the same records. A part is
  // replaced as a whole where it has become another one; forms are no parts, so that nothing that is typed is lost.

  const focusable = (root) => all("a[href], button, input, select, textarea, summary, [tabindex]", root);

  function replacePart(old, part) {
    const places = [...focusable(old)];
    const focused = places.indexOf(document.activeElement);
    all("details", part).forEach((box, index) => { box.open = all("details", old)[index]?.open ?? box.open; });
    all("input[data-pick]", part).forEach((pick) => { pick.checked = one("input[data-pick]", old)?.checked ?? false; });
    const scrolled = all(".scroll", old).map((box) => box.scrollTop);
    const counts = all("[data-live=count]", old).map((count) => count.textContent);
    old.replaceWith(part);
    all(".scroll", part).forEach((box, index) => { box.scrollTop = scrolled[index] ?? 0; });
    all("time[datetime]", part).forEach(showTime);
    all("button[data-copy]", part).forEach(offerCopying);
    all("[data-live=count]", part).forEach((count, index) => count.classList.toggle("is-fresh", count.textContent !== counts[index]));
    if (focused >= 0) focusable(part)[focused]?.focus({ preventScroll: true });
  }

  const liveRoot = one("[data-live-path]");
  if (liveRoot) {
    const hasRows = "liveRows" in liveRoot.dataset;
    const pause = 5000;
    let failures = 0;
    let timer;
    let running = null;
    let isOver = false;

    // What has ended stays as it is.
    const ids = () => all("tr[data-key]:not(.is-revoked):not(.is-expired)", liveRoot).map((row) => row.dataset.key);
    const isLive = () => !isOver && (hasRows ? ids().length > 0 : "livePath" in liveRoot.dataset);

    function say(state, text) {
      const note = one("[data-live-note]");
      if (!note || note.dataset.state === state) return;
      note.dataset.state = state;
      note.textContent = text;
    }

    function sayNothing() {
      const note = one("[data-live-note]");
      note?.removeAttribute("data-state");
      if (note) note.textContent = "";
    }

    function address() {
      const url = new URL(liveRoot.dataset.livePath, location);
      if (hasRows) url.searchParams.set("ids", ids().join(","));
      else {
        url.searchParams.set("mark", liveRoot.dataset.liveMark);
        url.searchParams.set("status", liveRoot.dataset.status);
      }
      return url;
    }

    function renew(page) {
      all("[data-part]", page).forEach((part) => {
        const { part: name } = part.dataset;
        const text = part.outerHTML;
        const old = one(`[data-part="${CSS.escape(name)}"]`);
        if (!old || partText.get(name) === text) return;
        partText.set(name, text);
        replacePart(old, document.adoptNode(part));
      });
      if (!hasRows) takeOver(one(".key-page", page));
      document.dispatchEvent(new Event("renewed"));
    }

    // The page of one key offers what can be done to a key of its status.
    function takeOver(fresh) {
      document.title = fresh.ownerDocument.title;
      const { status } = fresh.dataset;
      if (status !== liveRoot.dataset.status) {
        all("[data-offered]", liveRoot).forEach((element) => {
          element.classList.toggle("is-off", !element.dataset.offered.split(" ").includes(status));
        });
        announce(one("[data-part=banner]")?.textContent.trim() ?? "");
      }
      for (const name of ["status", "livePath", "liveMark"]) {
        if (name in fresh.dataset) liveRoot.dataset[name] = fresh.dataset[name];
        else delete liveRoot.dataset[name];
      }
    }

    function sessionEnded() {
      isOver = true;
      const note = one("[data-live-note]");
      note.dataset.state = "over";
      const link = document.createElement("a");
      link.href = liveRoot.dataset.signIn;
      link.textContent = "Sign in again";
      note.replaceChildren("Your session ended. ", link);
    }

    // Somebody who is selecting text to copy it keeps what they see.
    const isSelecting = () => !getSelection().isCollapsed && liveRoot.contains(getSelection().anchorNode);

    async function ask() {
      clearTimeout(timer);
      if (!isLive() || running || document.hidden) return;
      running = new AbortController();
      const limit = setTimeout(() => running?.abort(), 10000);
      try {
        const answer = isSelecting() ? null : await fetch(address(), {
          credentials: "same-origin", cache: "no-store", redirect: "error", signal: running.signal,
        });
        if (answer?.status === 401) return sessionEnded();
        if (answer && !answer.ok) throw new Error(`status ${answer.status}`);
        if (answer?.status === 200) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          if (!isSelecting()) renew(page);
        }
        failures = 0;
        if (isLive()) say("on", "Updating");
        else sayNothing();
      } catch {
        if (document.hidden) return;
        failures += 1;
        say("paused", "Updates paused");
      } finally {
        clearTimeout(limit);
        running = null;
        if (isLive() && !document.hidden) timer = setTimeout(ask, Math.min(pause * 2 ** failures, 60000));
      }
    }

    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (document.hidden) running?.abort();
      else timer = setTimeout(ask, 200);
    });
    addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
    addEventListener("online", ask);
    if (isLive()) {
      say("wait", "Connecting…");
      timer = setTimeout(ask, 1000);
    }
  }

  // Choosing keys in the table. What is chosen is kept in this tab, for all pages of the list, until it is revoked.

  const picksOwner = one("[data-picks-owner]")?.dataset.picksOwner;
  const keptPicks = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem("picks"));
      return kept?.owner === picksOwner ? kept.ids : null;
    } catch { return null; }
  };
  const keepPicks = (ids) => {
    try { sessionStorage.setItem("picks", JSON.stringify({ owner: picksOwner, ids })); } catch { /* They are lost with the page. */ }
  };

  // The report of what was revoked leaves those that were not.
  const report = one("[data-picks]");
  if (report) keepPicks(report.dataset.picks.split(" ").filter(Boolean));

  const bulk = one("#bulk");
  if (bulk) {
    const pickAll = one("[data-pick-all]");
    const button = one("[data-pick-text]");
    const clear = one("[data-pick-clear]");
    const elsewhere = one("[data-pick-elsewhere]");
    const words = button.textContent;
    const picks = () => all("input[data-pick]");
    const chosen = new Set(keptPicks() ?? picks().filter((pick) => pick.checked).map((pick) => pick.value));

    const show = () => {
      const shown = picks();
      // A key that has ended meanwhile has no box.
      all("tr[data-key]").forEach((row) => { if (!one("input[data-pick]", row)) chosen.delete(row.dataset.key); });
      shown.forEach((pick) => { pick.checked = chosen.has(pick.value); });
      const here = shown.filter((pick) => pick.checked).length;
      if (pickAll) {
        pickAll.checked = here > 0 && here === shown.length;
        pickAll.indeterminate = here > 0 && here < shown.length;
      }
      button.textContent = chosen.size > 0 ? button.dataset.pickText.replace("#", chosen.size) : words;
      button.disabled = chosen.size === 0;
      clear.hidden = chosen.size === 0;
      elsewhere.hidden = chosen.size === here;
      elsewhere.textContent = elsewhere.dataset.pickElsewhere.replace("#", chosen.size - here);
      keepPicks([...chosen]);
    };
    const choose = (pick, isChosen) => (isChosen ? chosen.add(pick.value) : chosen.delete(pick.value));

    if (pickAll) {
      pickAll.hidden = false;
      pickAll.addEventListener("change", () => {
        picks().forEach((pick) => choose(pick, pickAll.checked));
        show();
      });
    }
    document.addEventListener("change", (event) => {
      if (!event.target.matches("input[data-pick]")) return;
      choose(event.target, event.target.checked);
      show();
    });
    document.addEventListener("renewed", show);
    clear.addEventListener("click", (event) => {
      event.preventDefault();
      chosen.clear();
      show();
      pickAll?.focus();
    });
    // The form has the boxes of this page; the rest goes with it.
    bulk.addEventListener("submit", () => {
      all("input[data-elsewhere]", bulk).forEach((input) => input.remove());
      const here = new Set(picks().map((pick) => pick.value));
      [...chosen].filter((id) => !here.has(id)).forEach((id) => {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name: "id", value: id });
        input.dataset.elsewhere = "";
        bulk.append(input);
      });
    });
    // A browser ticks what was ticked when one goes back to a page.
    addEventListener("pageshow", () => setTimeout(() => {
      const kept = keptPicks();
      if (kept) {
        chosen.clear();
        kept.forEach((id) => chosen.add(id));
      }
      show();
    }));
    show();
  }

  // On a narrow screen the table of contents starts folded.

  if (matchMedia("(max-width: 60rem)").matches) all(".toc > details").forEach((details) => { details.open = false; });
})();
