// The one page with a secret: covers it once it was copied, and takes it off the page some
// minutes after that opened. What is covered can still be copied, and be shown again.

const box = document.querySelector(".hiding");
const [button, status] = [box.querySelector("button"), box.querySelector("[role=status]")];
const holders = [...document.querySelectorAll("[data-secret]")];
const gone = Date.now() + Number(box.dataset.minutes) * 60000;
const until = new Date(gone).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

function cover(covered) {
  for (const holder of holders) holder.classList.toggle("covered", covered);
  button.textContent = covered ? "Show again" : "Hide secret";
  status.textContent = covered
    ? `Hidden. It can be copied or shown again until ${until}.`
    : `It leaves this page at ${until}.`;
}

function takeAway() {
  for (const holder of holders) {
    holder.textContent = "Not shown any more.";
    holder.classList.remove("covered");
    document.querySelector(`[data-copies="${holder.id}"]`).remove();
  }
  holders.length = 0;
  button.remove();
  status.textContent = "The secret is gone from this page. If it was not kept, regenerate the key.";
}

function takeAwayInTime() {
  if (holders.length && Date.now() >= gone) takeAway();
}

box.hidden = false;
cover(false);
button.addEventListener("click", () => cover(!holders[0].classList.contains("covered")));
document.addEventListener("copied", (event) => {
  if (holders.includes(event.detail)) cover(true);
});
// Timers stand still while a computer sleeps; who comes back finds the page looked after.
setTimeout(takeAwayInTime, gone - Date.now());
document.addEventListener("visibilitychange", takeAwayInTime);
