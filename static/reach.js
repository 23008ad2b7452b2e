// Says, while the packages of a key are typed, which of them are here. The page that the button
// "Check packages" leads to says the same; without script that is how it is asked.

const WAIT_MS = 400;
const button = document.querySelector("[data-checks]");
const form = button.form;
let waiting;
let asked = 0;

async function check() {
  const mine = ++asked;
  const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("reach");
  // An answer that was overtaken is of no use, and neither is the page that asks to sign in.
  if (found && mine === asked) document.getElementById("reach").replaceChildren(...found.childNodes);
}

form.addEventListener("input", (event) => {
  if (event.target.name !== "packages" && event.target.name !== "actions") return;
  clearTimeout(waiting);
  waiting = setTimeout(check, WAIT_MS);
});
