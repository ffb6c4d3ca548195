// The recipients' picker: a ticked unit moves up to the chosen ones, one box of the two, count what is chosen.
// The form works without it: ticked rows count wherever they stand.
"use strict";

(() => {
  const picker = document.querySelector("[data-picker]");
  if (!picker) return;
  const chosen = picker.querySelector("[data-picker-chosen]");
  const none = picker.querySelector("[data-picker-none]");
  const find = picker.querySelector("[data-picker-find]");
  const count = picker.querySelector("[data-picker-count]");
  const rows = (part) => [...part.querySelectorAll("[data-picker-row]")];
  const boxes = (row) => [...row.querySelectorAll("input[type=checkbox]")];
  const ticked = (row) => boxes(row).filter((box) => box.checked);

  const show = () => {
    const totals = { main: 0, copy: 0 };
    rows(chosen).forEach((row) => {
      const held = ticked(row);
      held.forEach((box) => { totals[box.name] += 1; });
      row.classList.toggle("is-chosen", held.length > 0);
      row.querySelector("[data-picker-remove]").hidden = false;
    });
    none.hidden = rows(chosen).length > 0;
    count.hidden = rows(chosen).length === 0;
    count.textContent = count.dataset.text.replace("{main}", totals.main).replace("{copy}", totals.copy);
  };

  // One unit chosen by hand takes its place in the order of the register; a group keeps its own order.
  const take = (row, sorted) => {
    const after = sorted && rows(chosen).find((other) => Number(other.dataset.order) > Number(row.dataset.order));
    chosen.insertBefore(row, after || none);
  };

  const settle = () => {
    const held = new Set(rows(chosen).map((row) => row.dataset.pickerRow));
    rows(picker.querySelector("[data-picker-found]")).forEach((row) => {
      if (held.has(row.dataset.pickerRow)) row.remove();
      else if (ticked(row).length > 0) take(row, false);
    });
    show();
  };

  picker.addEventListener("change", (event) => {
    const row = event.target.closest("[data-picker-row]");
    if (!row || event.target.type !== "checkbox") return;
    if (event.target.checked) boxes(row).forEach((box) => { if (box !== event.target) box.checked = false; });
    if (event.target.checked && !chosen.contains(row)) { take(row, true); event.target.focus(); }
    show();
  });
  picker.addEventListener("click", (event) => {
    const button = event.target.closest("[data-picker-remove]");
    if (!button) return;
    button.closest("[data-picker-row]").remove();
    show();
    find.focus();
  });
  picker.addEventListener("htmx:afterSwap", settle);
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  settle();
})();
