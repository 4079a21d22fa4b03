// Times come in UTC; readers see them in their own time zone.
function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    time.title = time.dateTime;
  }
}

// What is typed as a time is meant so too, unless the address says in which zone it was typed.
function askForLocalTimes() {
  const field = document.querySelector("input[name=zone]");
  if (!field || field.value) return;
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.querySelectorAll("[data-zone]").forEach((label) => { label.textContent = field.value; });
}

document.documentElement.classList.add("with-script");

// What the browser's back-forward cache brings back is shown to the session that it was made for, and to
// nobody else: it stays out of sight until the service has said whose turn it is.
const { session } = document.documentElement.dataset;
addEventListener("pagehide", ({ persisted }) => {
  if (persisted && session) document.documentElement.classList.add("unproven");
});
addEventListener("pageshow", async ({ persisted }) => {
  if (!persisted || !session) return;
  const signal = AbortSignal.timeout(10000);
  const present = await fetch("/session", { cache: "no-store", signal }).then((answer) => answer.text()).catch(() => null);
  if (present === session) document.documentElement.classList.remove("unproven");
  else location.reload();
});
showLocalTimes(document);
askForLocalTimes();
document.addEventListener("htmx:load", (event) => showLocalTimes(event.detail.elt));

// What an earlier attempt said is no news of this one.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.matches("form[hx-post], button[hx-post]")) return;
  document.querySelectorAll("#messages, .saved").forEach((place) => place.replaceChildren());
});

// What is typed into a filter changes the address; links to the other outcomes take it along.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".outcomes a");
  if (!link) return;
  const there = new URL(link.href);
  const typed = new URL(location).searchParams.get("containing");
  if (typed) there.searchParams.set("containing", typed);
  else there.searchParams.delete("containing");
  link.href = there;
});

// A menu closes on Escape, which leads back to its button, and when something else is used.
document.addEventListener("keydown", ({ key }) => {
  const menu = key === "Escape" && document.querySelector(".menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
for (const moment of ["pointerdown", "focusin"]) {
  document.addEventListener(moment, ({ target }) => {
    const menu = document.querySelector(".menu[open]");
    if (menu && !menu.contains(target)) menu.open = false;
  });
}

// Of a list that is too long to be looked at while one types, the server is told just that.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const longest = Number(document.querySelector("[data-longest]")?.dataset.longest);
  const { numbers } = detail.parameters;
  if (longest && numbers?.length > longest) detail.parameters.numbers = numbers.slice(0, longest + 1);
});

// What refreshes itself leaves alone what somebody uses: a link or button that is pressed, a field
// with the focus, text that is selected. Asked before a request and, as answers take time, after it.
let pressed = null;
document.addEventListener("pointerdown", (event) => { pressed = event.target.closest("a, button"); });
document.addEventListener("pointerup", () => { pressed = null; });
document.addEventListener("pointercancel", () => { pressed = null; });

function isInUse(element) {
  const focused = element.querySelector("input:focus, select:focus");
  const selection = getSelection();
  return pressed || focused || (!selection.isCollapsed && element.contains(selection.anchorNode));
}

for (const moment of ["htmx:beforeRequest", "htmx:beforeSwap"]) {
  document.addEventListener(moment, (event) => {
    const { elt } = event.detail.requestConfig;
    if (elt.matches("[data-refreshes]") && isInUse(elt)) event.preventDefault();
  });
}

// Entries are mended while the preview is renewed: what is typed stays, and so does the focus.
const NEXT = "#preview [name=instead]";
let mending = null;

function fieldFor(typed) {
  const place = [...document.querySelectorAll("#preview [name=typed]")].find(({ value }) => value === typed);
  return place?.parentElement.querySelector("[name=instead]");
}

document.addEventListener("htmx:beforeSwap", () => {
  const field = document.activeElement;
  mending = field.matches(NEXT) && {
    typed: field.parentElement.querySelector("[name=typed]").value,
    changed: field.value === field.defaultValue ? null : field.value,
    selected: [field.selectionStart, field.selectionEnd],
  };
});
document.addEventListener("htmx:afterSwap", () => {
  const field = mending && document.activeElement === document.body && fieldFor(mending.typed);
  if (!field) return;
  if (mending.changed !== null) field.value = mending.changed;
  field.focus();
  field.setSelectionRange(...mending.selected);
});

// Enter leads on to the next refused entry; the one that was left is read again.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(NEXT)) return;
  event.preventDefault();
  const fields = [...document.querySelectorAll(NEXT)];
  (fields[fields.indexOf(event.target) + 1] ?? document.getElementById("paste-numbers")).focus();
});

// That nobody answers is told once, and no longer than it is so.
const UNREACHABLE = "The service can't be reached. What you typed is still here: try again in a moment.";
for (const moment of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(moment, () => {
    const places = document.getElementById("messages");
    if (places.querySelector("[data-unreachable]")) return;
    const told = document.createElement("div");
    told.className = "alert alert-warning";
    told.role = "alert";
    told.dataset.unreachable = "";
    places.append(told);
    told.textContent = UNREACHABLE;
  });
}
document.addEventListener("htmx:afterOnLoad", () => document.querySelector("[data-unreachable]")?.remove());

// A file that is too large is told at once, and not sent.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-largest]")) return;
  const isTooLarge = target.files[0]?.size > Number(target.dataset.largest);
  target.setCustomValidity(isTooLarge ? target.dataset.tooLarge : "");
  target.reportValidity();
});

// A file may be dropped anywhere on a page that takes one: browsers would leave the page to show it.
function fieldOfDropped({ dataTransfer }) {
  return dataTransfer.types.includes("Files") && document.querySelector("input[type=file]");
}

document.addEventListener("dragover", (event) => { if (fieldOfDropped(event)) event.preventDefault(); });
document.addEventListener("drop", (event) => {
  const field = fieldOfDropped(event);
  if (!field) return;
  event.preventDefault();
  const { files } = event.dataTransfer;
  const help = document.getElementById(field.getAttribute("aria-describedby"));
  if (files.length === 1) field.files = files;
  else help.textContent = "Only one file at a time can be read.";
  field.focus();
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// What is to be taken elsewhere has a button that copies it, where the browser can.
for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => {
    const { textContent } = document.querySelector(button.dataset.copies);
    const tell = (words) => { button.nextElementSibling.textContent = words; };
    navigator.clipboard.writeText(textContent).then(() => tell("Copied."), () => tell("Select it, and copy it by hand."));
  });
}

// What is shown once is sent for once: the answer to a second click would hide it. A step back in
// the history shows neither it nor a form that can't be sent any more.
document.addEventListener("submit", (event) => {
  const { dataset } = event.target;
  if (!("sendsOnce" in dataset)) return;
  if (dataset.sendsOnce) event.preventDefault();
  dataset.sendsOnce = "sent";
});
window.addEventListener("pagehide", () => {
  for (const shown of document.querySelectorAll("[data-shown-once]")) shown.textContent = "Not shown any more";
  for (const form of document.querySelectorAll("[data-sends-once]")) form.dataset.sendsOnce = "";
});
