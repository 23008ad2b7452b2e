// Runs before the scripts of a page, and keeps what happens to the page for a test to ask for.
globalThis.happened = { shift: 0, refused: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) happened.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (event) => {
  happened.refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
