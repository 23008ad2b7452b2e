// Presets a time zone field to the browser's own zone, where the list has it.

for (const select of document.querySelectorAll("select[data-zone-preset]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === zone)) select.value = zone;
}
