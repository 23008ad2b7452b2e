// Copy buttons: each names, in data-copies, the element whose text it copies.
// Without script the buttons stay hidden and the text is selected by hand. What was copied is
// told as the event "copied", whose detail is the element.

function selectText(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copyText(element) {
  // Browsers offer the clipboard only to https and loopback pages; a feed on a
  // plain http address falls back to copying the selection.
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  }
  selectText(element);
  return document.execCommand("copy");
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const source = document.getElementById(button.dataset.copies);
  const name = button.textContent;
  let resting;
  button.hidden = false;
  button.addEventListener("click", async () => {
    let copied = false;
    try {
      copied = await copyText(source);
    } catch (refused) {
      console.info("The clipboard was refused:", refused.name);
    }
    if (!copied) selectText(source);
    if (copied) button.dispatchEvent(new CustomEvent("copied", { bubbles: true, detail: source }));
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    clearTimeout(resting);
    resting = setTimeout(() => { button.textContent = name; }, 4000);
  });
}
