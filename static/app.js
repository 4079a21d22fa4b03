// Times come in UTC; readers see them in their own time zone.
function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    time.title = time.dateTime;
  }
}

document.documentElement.classList.add("with-script");
showLocalTimes(document);
document.addEventListener("htmx:load", (event) => showLocalTimes(event.detail.elt));

// What an earlier attempt said is no news of this one.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.matches("form[hx-post], button[hx-post]")) return;
  document.querySelectorAll("#messages, .saved").forEach((place) => place.replaceChildren());
});
