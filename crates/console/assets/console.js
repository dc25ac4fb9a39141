// What the pages do beyond HTML: copying, local times, confirmations, and logs as they grow. Each page works without.
"use strict";

/** Writes times in the reader's zone; the time in UTC stays as the title. */
function localTimes(root) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.textContent;
    time.textContent = format.format(at);
  }
}

/** Says something to screen readers without moving the focus. */
function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}

/** Shows the buttons that copy the text of an element, which browsers allow on secure origins only. */
function copyButtons(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("button[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      let outcome = "Copied";
      try {
        await navigator.clipboard.writeText(source ? source.textContent : "");
      } catch {
        outcome = "Not copied";
      }
      button.textContent = outcome;
      announce(outcome);
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Asks whether to go on; resolves to false for Escape too. */
function confirmed(question, action) {
  const dialog = document.createElement("dialog");
  const title = element("h2", question);
  title.id = "confirm-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const cancel = element("button", "Cancel", "button");
  const go = element("button", action, "button danger");
  const row = element("div", "", "row");
  row.append(cancel, go);
  dialog.append(title, row);
  document.body.append(dialog);
  cancel.addEventListener("click", () => dialog.close("no"));
  go.addEventListener("click", () => dialog.close("yes"));
  dialog.showModal();
  cancel.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

/** Marks the button of a form that was sent, so that a slow answer is seen and a second press does nothing. */
function markBusy(form, button) {
  form.dataset.sent = "yes";
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  announce("Working…");
}

function forms(root) {
  for (const form of root.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", async (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      const question = form.dataset.confirm;
      if (question && !form.dataset.confirmed) {
        event.preventDefault();
        const button = event.submitter;
        if (!(await confirmed(question, button ? button.textContent : "Continue"))) return;
        form.dataset.confirmed = "yes";
        form.requestSubmit(button);
        return;
      }
      markBusy(form, event.submitter);
    });
  }
  // A page that the browser kept for its "back" button can be used again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  });
}

/** Gives a page that answers a form the address of the page itself, so that reloading sends nothing again. */
function address(root) {
  const answer = root.querySelector("[data-address]");
  if (answer) history.replaceState(null, "", answer.dataset.address);
}

/** Closes menus by Escape, by a press elsewhere, and when the focus leaves them. */
function menus(root) {
  const all = [...root.querySelectorAll("details.menu")];
  const closeOthers = (but) => all.forEach((menu) => { if (menu !== but) menu.open = false; });
  document.addEventListener("click", (event) => closeOthers(event.target.closest("details.menu")));
  document.addEventListener("focusin", (event) => closeOthers(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const open = all.find((menu) => menu.open);
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}

/** Shows the state of the deployment at the top of its page. */
function showState(state) {
  const badge = document.querySelector("[data-log-status] .badge");
  if (!badge || !state || !state.status) return;
  badge.textContent = state.status;
  badge.className = `badge ${state.tone}`;
}

/** Follows the run that sets the workspace up, and shows the page anew once it has ended. */
function setup(root) {
  for (const run of root.querySelectorAll("[data-setup]")) {
    const state = run.querySelector("[data-setup-state]");
    const source = new EventSource(run.dataset.setup);
    source.addEventListener("step", (event) => {
      const { step, done, total } = JSON.parse(event.data);
      state.textContent = `${step} (${done} of ${total})`;
    });
    source.addEventListener("trouble", (event) => {
      source.close();
      state.textContent = JSON.parse(event.data).error;
    });
    source.addEventListener("end", () => {
      source.close();
      location.reload();
    });
    window.addEventListener("pagehide", () => source.close());
  }
}

/** Follows the log of a deployment. Each event has the whole tail, so that a connection that was lost leaves no gap. */
function logs(root) {
  for (const log of root.querySelectorAll("[data-log]")) {
    const lines = log.querySelector("pre");
    const state = log.querySelector("[data-log-state]");
    const source = new EventSource(log.dataset.log);
    const say = (text) => { if (state) state.textContent = text; };
    source.addEventListener("open", () => say("Following"));
    source.addEventListener("log", (event) => {
      const isAtEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
      const seen = JSON.parse(event.data);
      lines.textContent = seen.logs;
      showState(seen.state);
      if (isAtEnd) lines.scrollTop = lines.scrollHeight;
    });
    source.addEventListener("end", (event) => {
      source.close();
      say(`Ended: ${JSON.parse(event.data).status}`);
      announce("The deployment ended.");
    });
    source.addEventListener("trouble", (event) => {
      source.close();
      say(JSON.parse(event.data).error);
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) say("Stopped. Reload the page to continue.");
      else say("Reconnecting…");
    });
    window.addEventListener("pagehide", () => source.close());
    lines.scrollTop = lines.scrollHeight;
  }
}

localTimes(document);
copyButtons(document);
forms(document);
address(document);
menus(document);
setup(document);
logs(document);
