// The settings page. Everything works without this file but copying, live figures, and times in the reader's zone.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Times: the server writes UTC; the reader's zone is shown, exact UTC stays in the title.

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
    let text = dateAndTime(date);
    if (element.hasAttribute("data-relative")) text = ago(date);
    else if (element.hasAttribute("data-clock")) text = clock(date);
    if (element.textContent !== text) element.textContent = text;
  }

  all("time[datetime]").forEach(showTime);
  setInterval(() => all("time[data-relative]").forEach(showTime), 15000);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  all("[data-zone]").forEach((element) => {
    element.textContent = `Times are in your time zone${zone ? ` (${zone.replaceAll("_", " ")})` : ""}. Point at a time for exact UTC.`;
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
        field.focus();
      });
      box.append(chip);
    });
    box.hidden = box.childElementCount === 0;
  });

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
    const ids = (liveRoot.dataset.key ? [liveRoot] : all("[data-key]", liveRoot)).map((row) => row.dataset.key);
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
          time.dateTime = time.title = key.lastUsedAt;
          showTime(time);
        }
      }
      const count = one("[data-live=count]", row);
      if (count && count.textContent !== key.useCountText) {
        count.textContent = key.useCountText;
        count.classList.remove("is-fresh");
        requestAnimationFrame(() => requestAnimationFrame(() => count.classList.add("is-fresh")));
      }
      const status = one("[data-live=status]", row);
      if (status && !status.classList.contains(`badge-${key.status}`)) {
        status.className = `badge badge-${key.status}`;
        status.textContent = key.statusText;
        const revoke = one("[data-live=revoke]", row);
        if (revoke) revoke.classList.toggle("is-off", key.status === "revoked" || key.status === "expired");
      }
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
        const keys = new Map((await answer.json()).keys.map((key) => [key.id, key]));
        all("[data-key]").forEach((row) => keys.has(row.dataset.key) && show(row, keys.get(row.dataset.key)));
        failures = 0;
        say("on", "Live");
      } catch {
        if (document.hidden) return;
        failures += 1;
        say("paused", "Live updates paused");
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

  // On a narrow screen the table of contents starts folded.

  if (matchMedia("(max-width: 60rem)").matches) all(".toc > details").forEach((details) => { details.open = false; });
})();
