// Search as you type: the list is taken from the page that the form would lead to.
// Without script the form does the same by its button.

const PAUSE = 180;
const form = document.querySelector("[data-finds]");
let resting;
let asking;

function address() {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    const usual = value === "" || (name === "sort" && value === form.elements.sort[0].value);
    if (!usual) url.searchParams.set(name, value);
  }
  return url;
}

async function answered(url, signal) {
  const answer = await fetch(url, { signal });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function show(page) {
  for (const name of [form.dataset.finds, form.dataset.counts]) {
    const fresh = page.getElementById(name);
    document.getElementById(name).replaceChildren(...fresh.childNodes);
  }
  document.title = page.title;
}

async function find() {
  const url = address();
  if (url.href === location.href) return;
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  let page = null;
  try {
    page = await answered(url, signal);
  } catch (trouble) {
    if (signal.aborted) return;
    console.info("The search could not be asked:", trouble.name);
    return;
  }
  // Signed out meanwhile, or an error: the browser shows what it is.
  if (!page?.getElementById(form.dataset.finds)) {
    location.assign(url);
    return;
  }
  show(page);
  history.replaceState(null, "", url);
}

form?.addEventListener("input", () => {
  clearTimeout(resting);
  resting = setTimeout(find, PAUSE);
});
