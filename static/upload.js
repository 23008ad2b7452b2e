// Uploads the chosen files one after the other, each with its progress. Files may be dropped
// anywhere on the page. Without script the form sends them all at once.

const form = document.querySelector("[data-uploads]");
const input = form.elements.packages;
const zone = input.closest(".dropping");
const list = document.getElementById("outcomes");
let sending = false;

const part = (id) => document.getElementById(id).content.cloneNode(true);

function lineFor(file) {
  const line = part("outcome").firstElementChild;
  line.querySelector("strong").textContent = file.name;
  line.querySelector("progress").setAttribute("aria-label", `${file.name}, sent`);
  list.append(line);
  return line;
}

function show(line, { said, page }) {
  line.querySelector("progress").remove();
  line.className = page ? "living" : "breaks";
  const sentence = part(page ? "taken" : "refused");
  const words = sentence.querySelector("a") ?? sentence.querySelector("span");
  words.textContent = said;
  if (page) words.href = page;
  line.querySelector(".said").append(sentence);
}

// What the feed said of the one file it was sent.
function answer(request) {
  const [outcome] = request.response ?? [];
  if (outcome) return outcome;
  const gone = request.status === 0;
  return {
    said: gone
      ? "The feed cannot be reached, or stopped listening; upload it again."
      : "You are signed out; sign in, and upload it again.",
    page: "",
  };
}

function send(file, meter) {
  const body = new FormData();
  // First what proves that the form is ours: the feed looks at nothing before it.
  body.append("csrf_token", form.elements.csrf_token.value);
  body.append(input.name, file);
  const request = new XMLHttpRequest();
  return new Promise((settle) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      meter.value = loaded / total;
    });
    request.addEventListener("loadend", () => settle(answer(request)));
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.send(body);
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sending) return;
  sending = true;
  list.replaceChildren();
  list.hidden = false;
  const chosen = [...input.files].map((file) => [file, lineFor(file)]);
  for (const [file, line] of chosen) {
    const tooLarge = file.size > Number(form.dataset.limit);
    const outcome = tooLarge
      ? { said: form.dataset.tooLarge, page: "" }
      : await send(file, line.querySelector("progress"));
    show(line, outcome);
  }
  form.reset();
  sending = false;
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", kind === "dragover");
    if (kind !== "drop" || sending) return;
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
  });
}
