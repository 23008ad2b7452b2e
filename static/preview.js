// Says, while the days of a key are typed, when a key made now would end.
// Without script the page says it for the days it was offered with.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function inZone(instant, zone) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "numeric", day: "numeric",
    hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  return Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, part.value]));
}

function said(instant, zone) {
  const here = inZone(instant, zone);
  const there = inZone(instant, "UTC");
  const date = (parts) => `${parts.day} ${MONTHS[parts.month - 1]} ${parts.year}`;
  const time = (parts) => `${parts.hour}:${parts.minute}`;
  if (date(here) === date(there) && time(here) === time(there)) return `${date(here)}, ${time(here)} UTC`;
  const utc = date(here) === date(there) ? time(there) : `${date(there)}, ${time(there)}`;
  return `${date(here)}, ${time(here)} (${utc} UTC)`;
}

for (const output of document.querySelectorAll("output[data-zone]")) {
  const days = document.getElementById(output.htmlFor.value);
  const offered = output.textContent;
  days.addEventListener("input", () => {
    const number = Number(days.value);
    const fits = Number.isInteger(number) && number >= 1 && number <= Number(days.max);
    if (!fits) {
      output.textContent = `Choose 1 to ${days.max} days.`;
    } else if (days.value === days.defaultValue) {
      output.textContent = offered;
    } else {
      const end = new Date(Date.now() + number * 86400000);
      output.textContent = `Ends ${said(end, output.dataset.zone)}.`;
    }
  });
}
