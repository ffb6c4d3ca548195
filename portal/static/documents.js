// The recipients' picker: find by typing, one box of the two, count what is chosen. The form works without it.
"use strict";

(() => {
  const picker = document.querySelector("[data-picker]");
  if (!picker) return;
  const rows = [...picker.querySelectorAll("[data-picker-row]")];
  const find = picker.querySelector("[data-picker-find]");
  const count = picker.querySelector("[data-picker-count]");
  const boxes = (row) => [...row.querySelectorAll("input[type=checkbox]")];

  const show = () => {
    const chosen = { main: 0, copy: 0 };
    rows.forEach((row) => {
      const ticked = boxes(row).filter((box) => box.checked);
      ticked.forEach((box) => { chosen[box.name] += 1; });
      row.classList.toggle("is-chosen", ticked.length > 0);
    });
    count.textContent = count.dataset.text.replace("{main}", chosen.main).replace("{copy}", chosen.copy);
  };

  picker.addEventListener("change", (event) => {
    const row = event.target.closest("[data-picker-row]");
    if (row && event.target.checked) boxes(row).forEach((box) => { if (box !== event.target) box.checked = false; });
    show();
  });

  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    rows.forEach((row) => { row.hidden = !row.dataset.pickerRow.toLowerCase().includes(wanted); });
    picker.querySelectorAll(".picker-group").forEach((group) => {
      group.hidden = !group.querySelector("[data-picker-row]:not([hidden])");
    });
  });
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  show();
})();
