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

  all("button[data-copy]").forEach((button) => {
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
  });

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

  // Last Used, Usage Count and Status, live.

  const liveRoot = one("[data-live-path]");
  if (liveRoot) {
    const rows = liveRoot.dataset.key ? [liveRoot] : all("[data-key]", liveRoot);
    // What has ended stays as it is.
    const hasEnded = (row) => /badge-(revoked|expired)/.test(one("[data-live=status]", row)?.className);
    let ids = rows.filter((row) => !hasEnded(row)).map((row) => row.dataset.key);
    const note = one("[data-live-note]");
    const pause = 5000;
    let failures = 0;
    let timer;
    let running = null;
    let isOver = false;

    function say(state, text) {
      if (note.dataset.state === state) return;
      note.dataset.state = state;
      note.textContent = text;
    }

    function show(row, key) {
      const used = one("[data-live=used]", row);
      if (key.lastUsedAt && used) {
        let time = one("time", used);
        if (!time) {
          time = document.createElement("time");
          time.setAttribute("data-relative", "");
          used.replaceChildren(time);
        }
        if (time.dateTime !== key.lastUsedAt) {
          if (new Date(key.lastUsedAt) > new Date(Date.now() - 60000)) {
            const mark = one("[data-live=unused]", row);
            if (mark) mark.hidden = true;
          }
          time.dateTime = key.lastUsedAt;
          // It was that of an earlier use.
          const from = one("[data-live=from]", row);
          if (from) from.hidden = true;
          showTime(time);
        }
      }
      const from = one("[data-live=from]", row);
      if (from) {
        from.hidden = !key.lastUsedFrom;
        one("bdi", from).textContent = key.lastUsedFrom ?? "";
      }
      const count = one("[data-live=count]", row);
      if (count && count.textContent !== key.useCountText) {
        count.textContent = key.useCountText;
        count.classList.remove("is-fresh");
        requestAnimationFrame(() => requestAnimationFrame(() => count.classList.add("is-fresh")));
      }
      const refused = one("[data-live=refused]", row);
      if (refused) refused.textContent = key.refusedCountText;
      const status = one("[data-live=status]", row);
      if (status && !status.classList.contains(`badge-${key.status}`)) {
        status.className = `badge badge-${key.status}`;
        status.textContent = key.statusText;
        // What cannot be done to a key of this status is not offered.
        all("[data-offered]", row).forEach((element) => {
          element.classList.toggle("is-off", !element.dataset.offered.split(" ").includes(key.status));
        });
        showNote(row, key.note);
        const pick = one("[data-live=pick]", row);
        if (pick && hasEnded(row)) {
          pick.checked = false;
          pick.disabled = true;
          pick.dispatchEvent(new Event("change", { bubbles: true }));
        }
      }
    }

    // The page of one key says what has become of it since the page was loaded.
    function showNote(row, text) {
      const note = one("[data-live=note]", row);
      if (!note || !text) return;
      const link = document.createElement("a");
      link.href = location.pathname;
      link.textContent = "Load this page again";
      one("p", note).replaceChildren(`${text} `, link, ".");
      note.className = "notice";
      note.hidden = false;
      announce(text);
    }

    // Keys that the list does not show yet: the reader decides when it changes.
    const more = one("[data-live-more]");
    function showMore(text) {
      if (!more) return;
      more.hidden = !text;
      if (text) more.textContent = `${text} – show`;
    }

    function sessionEnded() {
      isOver = true;
      note.dataset.state = "over";
      const link = document.createElement("a");
      link.href = liveRoot.dataset.signIn;
      link.textContent = "Sign in again";
      note.replaceChildren("Your session ended. ", link);
    }

    async function ask() {
      clearTimeout(timer);
      if (isOver || running || document.hidden || ids.length === 0) return;
      running = new AbortController();
      const limit = setTimeout(() => running?.abort(), 10000);
      try {
        const path = liveRoot.dataset.livePath;
        const address = `${path}${path.includes("?") ? "&" : "?"}ids=${ids.map(encodeURIComponent).join(",")}`;
        const answer = await fetch(address, {
          headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store", redirect: "error",
          signal: running.signal,
        });
        if (answer.status === 401) return sessionEnded();
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        const { keys: figures, newKeysText } = await answer.json();
        const keys = new Map(figures.map((key) => [key.id, key]));
        all("[data-key]").forEach((row) => keys.has(row.dataset.key) && show(row, keys.get(row.dataset.key)));
        showMore(newKeysText);
        failures = 0;
        ids = rows.filter((row) => !hasEnded(row)).map((row) => row.dataset.key);
        if (ids.length > 0) say("on", "Updating");
        else {
          note.removeAttribute("data-state");
          note.textContent = "";
        }
      } catch {
        if (document.hidden) return;
        failures += 1;
        say("paused", "Updates paused");
      } finally {
        clearTimeout(limit);
        running = null;
        if (!isOver && !document.hidden) timer = setTimeout(ask, Math.min(pause * 2 ** failures, 60000));
      }
    }

    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (document.hidden) running?.abort();
      else timer = setTimeout(ask, 200);
    });
    addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
    addEventListener("online", ask);
    if (ids.length > 0) {
      say("wait", "Connecting…");
      timer = setTimeout(ask, 1000);
    }
  }

  // Choosing keys in the table.

  const pickAll = one("[data-pick-all]");
  const picks = all("input[data-live=pick]");
  const pickButton = one("[data-pick-text]");
  if (pickAll && pickButton && picks.length > 0) {
    const words = pickButton.textContent;
    const count = () => {
      const open = picks.filter((pick) => !pick.disabled);
      const chosen = open.filter((pick) => pick.checked).length;
      pickAll.checked = chosen > 0 && chosen === open.length;
      pickAll.indeterminate = chosen > 0 && chosen < open.length;
      pickButton.textContent = chosen > 0 ? pickButton.dataset.pickText.replace("#", chosen) : words;
      pickButton.disabled = chosen === 0;
    };
    pickAll.hidden = false;
    pickAll.addEventListener("change", () => {
      picks.forEach((pick) => { if (!pick.disabled) pick.checked = pickAll.checked; });
      count();
    });
    document.addEventListener("change", (event) => { if (picks.includes(event.target)) count(); });
    // A browser keeps what was ticked when one goes back to a page.
    addEventListener("pageshow", () => setTimeout(count));
    count();
  }

  // On a narrow screen the table of contents starts folded.

  if (matchMedia("(max-width: 60rem)").matches) all(".toc > details").forEach((details) => { details.open = false; });
})();
