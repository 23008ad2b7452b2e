// What sticks out of the screen to the right, where the page can be scrolled sideways.
() => {
  if (document.scrollingElement.scrollWidth <= innerWidth) return [];
  const out = [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
    .map((one) => one.outerHTML.slice(0, 120));
  return [`${document.scrollingElement.scrollWidth} pixels wide: ${out.slice(-3).join(" | ")}`];
}
