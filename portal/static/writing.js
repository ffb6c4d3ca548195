// Writing an item: the marks of the text by buttons and keys, addressees that move up when ticked, fields that matter only
// for some choices. The forms work without it.
"use strict";

(() => {
  // ---- marks of the text (portal/content/texts.py) ----
  const lines = (box) => {
    const from = box.value.lastIndexOf("\n", box.selectionStart - 1) + 1;
    const end = box.value.indexOf("\n", Math.max(box.selectionEnd - (box.selectionEnd > box.selectionStart ? 1 : 0), from));
    return [from, end < 0 ? box.value.length : end];
  };

  // execCommand keeps the browser's own undo, which setRangeText would break.
  const put = (box, from, end, text, selectFrom, selectEnd) => {
    box.focus();
    box.setSelectionRange(from, end);
    if (!document.execCommand("insertText", false, text)) {
      box.setRangeText(text, from, end, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    box.setSelectionRange(selectFrom, selectEnd);
  };

  const prefix = (box, mark) => {
    const [from, end] = lines(box);
    const old = box.value.slice(from, end).split("\n");
    const there = old.every((line) => line.startsWith(mark));
    const text = old.map((line) => (there ? line.slice(mark.length) : mark + line.replace(/^(#{1,6} |- |\d+\. )/, ""))).join("\n");
    put(box, from, end, text, from + (old.length > 1 ? 0 : text.length), from + text.length);
  };

  const wrap = (box, before, after, instead) => {
    const [from, end] = [box.selectionStart, box.selectionEnd];
    const words = box.value.slice(from, end) || instead;
    put(box, from, end, before + words + after, from + before.length, from + before.length + words.length);
  };

  const block = (box, text) => {
    const at = box.selectionEnd;
    const before = box.value.slice(0, at);
    const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    put(box, at, at, `${gap}${text}\n`, at + gap.length + 2, at + gap.length + 2);
  };

  const marks = {
    heading: (box) => prefix(box, "# "),
    list: (box) => prefix(box, "- "),
    numbered: (box) => prefix(box, "1. "),
    bold: (box, button) => wrap(box, "**", "**", button.dataset.words),
    link: (box, button) => wrap(box, "[", "](https://)", button.dataset.words),
    table: (box, button) => {
      const [one, two] = button.dataset.words.split("|");
      block(box, `| ${one} | ${two} |\n| --- | --- |\n|  |  |`);
    },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) marks[button.dataset.mark](document.getElementById(button.dataset.marks), button);
  });

  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (!box.matches || !box.matches("textarea[data-marked]")) return;
    const bar = document.querySelector(`[data-toolbar="${box.id}"]`);
    const key = (event.ctrlKey || event.metaKey) && !event.altKey && { b: "bold", k: "link" }[event.key.toLowerCase()];
    if (key) {
      event.preventDefault();
      marks[key](box, bar.querySelector(`[data-mark=${key}]`));
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && box.selectionStart === box.selectionEnd) {
      // A line after a list's line belongs to the list; an empty one ends it.
      const from = box.value.lastIndexOf("\n", box.selectionStart - 1) + 1;
      const [, mark, words] = box.value.slice(from, box.selectionStart).match(/^(- |\d+\. )(.*)$/) || [];
      if (!mark) return;
      event.preventDefault();
      const at = box.selectionStart;
      const next = mark === "- " ? mark : `${parseInt(mark, 10) + 1}. `;
      if (words) put(box, at, at, `\n${next}`, at + 1 + next.length, at + 1 + next.length);
      else put(box, from, at, "", from, from);
    }
  });

  // The toolbar is one stop of the Tab key; arrows move in it.
  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const bar = step && event.target.closest("[data-toolbar]");
    if (!bar) return;
    const buttons = [...bar.querySelectorAll("button")];
    const next = buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length];
    buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
    next.focus();
  });
  document.querySelectorAll("[data-toolbar]").forEach((bar) => {
    bar.querySelectorAll("button").forEach((button, place) => { button.tabIndex = place ? -1 : 0; });
  });

  // ---- a line of a reader scope: only the fields that matter for its kind of set, names found while one types ----
  const SCOPE_FIELDS = {
    all: ["role"], unit: ["name", "role"], under: ["name", "role"], district: ["name", "role"], tier: ["tier", "role"],
    kind: ["kind", "role"], group: ["group"], person: ["name"],
  };
  const settleScope = (of) => {
    ["name", "tier", "kind", "group", "role"].forEach((name) => {
      const input = of.form.elements[name];
      const field = input && input.closest && input.closest(".field");
      if (field) field.hidden = !SCOPE_FIELDS[of.value].includes(name);
    });
    const list = of.form.querySelector("datalist");
    if (list) list.replaceChildren();
  };
  const scopes = () => [...document.querySelectorAll("form select[name=of]")].filter((of) => of.value in SCOPE_FIELDS);
  scopes().forEach(settleScope);

  let asked = 0;
  const offer = async (input, of) => {
    const mine = ++asked;
    await new Promise((resolve) => { setTimeout(resolve, 250); });
    if (mine !== asked || !input.value.trim()) return;
    const answer = await fetch(`/items/names?${new URLSearchParams({ of: of.value, find: input.value })}`);
    if (!answer.ok || mine !== asked) return;
    input.list.replaceChildren(...(await answer.json()).map(([value, label]) => {
      const option = document.createElement("option");
      option.value = value;
      if (label) option.label = label;
      return option;
    }));
  };

  document.addEventListener("change", (event) => { if (scopes().includes(event.target)) settleScope(event.target); });
  document.addEventListener("input", (event) => {
    const of = event.target.list && event.target.form && event.target.form.querySelector("select[name=of]");
    if (of && of.value in SCOPE_FIELDS) offer(event.target, of);
  });

  // ---- addressees: a ticked one moves up to the chosen ones ----
  document.querySelectorAll("[data-addressees]").forEach((picker) => {
    const chosen = picker.querySelector("[data-addressees-chosen]");
    const count = picker.querySelector("[data-addressees-count]");
    const find = picker.querySelector("[data-addressees-find]");
    const rows = (part) => [...part.querySelectorAll("[data-addressee]")];
    const show = () => {
      const ticked = picker.querySelectorAll("input[name=to]:checked").length;
      count.hidden = ticked === 0;
      count.textContent = count.dataset.text.replace("{count}", ticked);
    };
    const settle = () => {
      const found = picker.querySelector("[data-addressees-found]");
      const held = new Set(rows(picker).filter((row) => !found.contains(row)).map((row) => row.dataset.addressee));
      rows(found).forEach((row) => {
        if (held.has(row.dataset.addressee)) row.remove();
        else if (row.querySelector("input").checked) chosen.append(row);
      });
      show();
    };
    picker.addEventListener("change", (event) => {
      const row = event.target.closest("[data-addressee]");
      const found = picker.querySelector("[data-addressees-found]");
      if (row && event.target.checked && found.contains(row)) { chosen.append(row); event.target.focus(); }
      show();
    });
    picker.addEventListener("htmx:afterSettle", settle);
    // Enter looks; it must not send the form.
    find.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      picker.querySelector("button[name=pick][value=find]").click();
    });
    settle();
  });
})();
