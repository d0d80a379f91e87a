// Sends turns without leaving the page, shows progress as the server tells it, and puts in place
// what the server has written. All words come as pages that the server escaped.
"use strict";

(() => {
  dropping();
  zooming();
  const turns = document.getElementById("turns");
  if (!turns) return;

  const box = document.getElementById("said");
  const progress = document.getElementById("progress");
  const line = document.getElementById("line");
  const who = document.getElementById("who");
  const stop = document.getElementById("stop");
  let news = turns.dataset.news; // of what the server has, how much this page has heard of
  let shown = true; // whether the page shows what came of the last turn
  let sending = Promise.resolve();
  let recalled = 0; // how far the arrows have gone back

  const buttons = () => document.querySelectorAll("button:not(#stop button)");

  function working(is, what, by = what) {
    document.body.toggleAttribute("data-working", is);
    progress.hidden = stop.hidden = !is;
    line.textContent = what;
    // Read out when it is somebody else's turn, not every second.
    if (who.textContent !== by) who.textContent = by;
    for (const button of buttons()) button.disabled = is;
    if (!is && document.activeElement === document.body) box.focus({ preventScroll: true });
  }

  async function send(form, pressed) {
    const body = new URLSearchParams(new FormData(form, pressed));
    const because = body.get("because")?.trim();
    const ours = form.id === "say";
    if (ours && !body.get("said").trim()) return;
    shown = false;
    working(true, "sent");
    if (ours || ["say", "option", "judging"].some((kind) => form.classList.contains(kind))) {
      echo(because ? `${body.get("said")}: ${because}` : body.get("said"));
    }
    if (ours) box.value = "";
    recalled = 0;
    suggest();
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      if (!answer.ok) throw new Error(answer.statusText);
    } catch {
      if (ours) box.value = body.get("said");
      working(false, "");
      tell(LOST);
    }
  }

  // What was sent stays on the screen while it is worked on.
  function echo(words) {
    if (!words) return;
    const article = document.createElement("article");
    article.id = "sent";
    article.className = "sent"; // no turn yet: it counts when the server has it
    const said = document.createElement("div");
    said.className = "said";
    said.textContent = words;
    article.append(said);
    document.getElementById("sent")?.remove();
    turns.append(article);
    article.scrollIntoView({ block: "end" });
  }

  function tell(text) {
    const note = document.getElementById("note");
    if (!text) return note.replaceChildren();
    const said = document.createElement("p");
    said.className = "note";
    said.textContent = text;
    note.replaceChildren(said);
  }

  // Puts what is new on the server's page in the place of what is old on this one.
  async function refresh() {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.getElementById("turns")?.dataset.session !== turns.dataset.session) {
      location.reload();
      return;
    }
    document.getElementById("sent")?.remove();
    document.querySelector(".inuse").replaceChildren(...page.querySelector(".inuse").childNodes);
    let last = null;
    for (const article of page.querySelectorAll("#turns > article")) {
      const old = document.getElementById(article.id);
      if (old && old.outerHTML === article.outerHTML) continue;
      if (old) old.replaceWith(article);
      else turns.append((last = article));
    }
    if (last) document.getElementById("turn-0")?.remove();
    for (const id of ["note", "tools", "words"]) {
      const fresh = page.getElementById(id);
      if (fresh) document.getElementById(id).replaceChildren(...fresh.childNodes);
    }
    document.querySelector("#say label").textContent =
      page.querySelector("#say label").textContent;
    const kept = page.getElementById("said").value;
    if (kept && !box.value) {
      box.value = kept;
      box.focus({ preventScroll: true });
    }
    (last ?? document.querySelector("#note > *"))?.scrollIntoView({ block: last ? "start" : "center" });
  }

  async function heard(state) {
    const before = news;
    news = String(state.news);
    if (state.working) {
      shown = false;
      working(true, state.line, state.who);
      return;
    }
    if (!shown || before !== news) {
      shown = true;
      await refresh();
    }
    working(false, "");
  }

  // A browser keeps few connections to a server, so only the page that is looked at listens.
  const LOST = "The server does not answer. Go on with: optwright ui --last";
  const AGAIN_MS = 2000;
  let events = null;

  function listen() {
    events?.close();
    if (document.hidden) return;
    events = new EventSource("/events");
    events.onmessage = (event) => heard(JSON.parse(event.data));
    events.onopen = () => {
      if (document.getElementById("note").textContent === LOST) tell("");
    };
    events.onerror = () => {
      working(false, "");
      tell(LOST);
      // A browser asks again by itself where the connection broke, not where it was refused.
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
    };
    events.addEventListener("left", () => {
      events.close();
      document.removeEventListener("visibilitychange", listen);
      working(false, "");
      for (const button of buttons()) button.disabled = true;
      tell("The server has ended; the session is kept. Go on with: optwright ui --last");
    });
  }

  document.addEventListener("visibilitychange", listen);
  listen();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.classList.contains("plain") || form.enctype.startsWith("multipart")) return;
    event.preventDefault();
    if (form === stop) {
      line.textContent = "stopping";
      // Not before the server has the turn that is to stop.
      sending.then(() => fetch("/stop", { method: "POST", headers: { Accept: "application/json" } }));
    } else if (!document.body.hasAttribute("data-working")) sending = send(form, event.submitter);
  });

  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (!document.body.hasAttribute("data-working")) box.form.requestSubmit();
    } else if (event.key === "Escape" && !stop.hidden) {
      stop.requestSubmit();
    } else if ((event.key === "ArrowUp" && (recalled || !box.value)) ||
               (event.key === "ArrowDown" && recalled)) {
      recall(event, event.key === "ArrowUp" ? 1 : -1);
    } else {
      recalled = 0;
    }
  });

  // The arrows go through what was said, as in a terminal.
  function recall(event, step) {
    const said = [...turns.querySelectorAll(".said")].map((turn) => turn.lastChild.textContent);
    const place = recalled + step;
    if (place < 0 || place > said.length) return;
    event.preventDefault();
    recalled = place;
    box.value = place ? said[said.length - place] : "";
  }

  // Words of the model that begin like the one that is typed, to be taken with a click or a key.
  const suggested = document.getElementById("suggested");

  function suggest() {
    const typed = box.value.slice(0, box.selectionStart).match(/[^\s"“”]+$/)?.[0] ?? "";
    const known = [...document.querySelectorAll("#words option")].map((option) => option.value);
    const like = (word) => word.toLowerCase().startsWith(typed.toLowerCase()) && word !== typed;
    const found = typed.length < 2 && typed !== "/" ? [] : known.filter(like).slice(0, 6);
    suggested.replaceChildren(...found.map((word) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = word;
      button.addEventListener("click", () => complete(typed, word));
      return button;
    }));
    suggested.hidden = !found.length;
  }

  function complete(typed, word) {
    const end = box.selectionStart;
    box.setRangeText(`${word} `, end - typed.length, end, "end");
    box.focus();
    suggest();
  }

  box.addEventListener("input", suggest);

  box.focus({ preventScroll: true });
  if (turns.querySelector(".turn")) turns.lastElementChild.scrollIntoView({ block: "start" });

  // Files dropped anywhere on a page with a place for them are brought.
  function dropping() {
    const form = document.querySelector("form[data-drop]");
    if (!form) return;
    const over = (is) => form.toggleAttribute("data-over", is);
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      over(true);
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) over(false);
    });
    document.addEventListener("drop", (event) => {
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      over(false);
      form.querySelector("input[type=file]").files = event.dataTransfer.files;
      form.requestSubmit();
    });
  }

  // Charts have buttons that need no script; here Ctrl and the wheel, + - 0 and dragging do it too.
  function zooming() {
    const scroller = (event) => event.target.closest?.(".zoom .scroll");
    const step = (box, by, at) => {
      const widths = [...box.closest(".zoom").querySelectorAll("input")];
      const now = widths.findIndex((one) => one.checked);
      const next = by ? Math.min(widths.length - 1, Math.max(0, now + by)) : 0;
      const ratio = widths[next].value / (widths[now]?.value ?? 1);
      widths[next].checked = true;
      box.scrollLeft = (box.scrollLeft + at) * ratio - at; // what was pointed at stays there
    };
    document.addEventListener("wheel", (event) => {
      const box = event.ctrlKey || event.metaKey ? scroller(event) : null;
      if (!box) return;
      event.preventDefault();
      step(box, event.deltaY < 0 ? 1 : -1, event.clientX - box.getBoundingClientRect().left);
    }, { passive: false });
    document.addEventListener("keydown", (event) => {
      const by = { "+": 1, "=": 1, "-": -1, 0: 0 }[event.key];
      if (by === undefined || event.ctrlKey || event.metaKey || !event.target.matches?.(".zoom .scroll")) return;
      event.preventDefault();
      step(event.target, by, event.target.clientWidth / 2);
    });
    document.addEventListener("pointerdown", (event) => {
      const box = event.pointerType === "mouse" && event.button === 0 ? scroller(event) : null;
      if (!box) return;
      const from = box.scrollLeft + event.clientX;
      const move = (moved) => (box.scrollLeft = from - moved.clientX);
      addEventListener("pointermove", move);
      addEventListener("pointerup", () => removeEventListener("pointermove", move), { once: true });
    });
  }
})();
