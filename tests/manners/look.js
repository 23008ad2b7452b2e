// What a test wants to know of a whole page, once it is there.
() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const files = ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type));
  return {
    title: document.title,
    language: document.documentElement.lang,
    headings: all("h1").map((heading) => heading.innerText),
    main: all("main").length,
    bytes: files.reduce((sum, file) => sum + file.encodedBodySize, 0),
    shift: happened.shift,
    refused: happened.refused,
    // For machines a time is an instant to the second, or a whole day.
    timesWithoutInstant: all("time")
      .filter((time) => !/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(time.dateTime))
      .map((time) => time.outerHTML),
    // Where a time is said as a distance or a day alone, pointing at it tells the minute.
    timesWithoutTitle: all("time")
      .filter((time) => time.dateTime.includes("T") && !/\d\d:\d\d/.test(time.textContent + time.title))
      .map((time) => time.outerHTML),
    // But for the signs of how the feed is doing, which are sentences of a program's.
    distancesOutsideTime: all("main *:not(time, .signs *)")
      .flatMap((one) => [...one.childNodes])
      .filter((node) => node.nodeType === Node.TEXT_NODE && /\b(\w+ ago|just now)\b/.test(node.data))
      .map((node) => node.data.trim()),
    repeatedIds: all("[id]").map((one) => one.id)
      .filter((id, place, ids) => ids.indexOf(id) !== place),
  };
}
