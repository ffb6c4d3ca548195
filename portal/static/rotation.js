// Renewing an operator's shares: the new ones are made here, shown once to be written down, typed again, and leave the
// browser only encrypted, together with the old ones. Nothing is kept: whoever leaves the page begins anew.
"use strict";

(() => {
  const room = window.ceremonyShares;
  const again = document.getElementById("sheet-again");
  if (!room || !again) return;
  const { form, letters, grouped, encode, fault, checksum, seal, toBase64, guard, announce, CHARACTERS, GROUP } = room;
  const SHARE_BYTES = 32;

  const sheet = document.getElementById("new-sheet");
  const shown = [...sheet.querySelectorAll(".new-share")];
  const entries = [...form.querySelectorAll(".share-entry")];
  const hide = document.getElementById("hide-sheet");
  const first = document.getElementById("sheet-first");
  const hideText = hide.querySelector("span").textContent;
  const different = form.querySelector("[data-different]").dataset.different;
  let made = [];

  const makeShare = async () => {
    const share = crypto.getRandomValues(new Uint8Array(SHARE_BYTES));
    return encode(share) + (await checksum(share));
  };
  const begin = async () => {
    made = await Promise.all(shown.map(makeShare));
    shown.forEach((place, number) => { place.textContent = grouped(made[number]); });
  };
  const clear = () => {
    made = [];
    shown.forEach((place) => { place.textContent = ""; });
    entries.forEach((entry) => { entry.querySelector("input").value = ""; });
  };

  hide.addEventListener("click", () => {
    sheet.hidden = !sheet.hidden;
    again.hidden = !sheet.hidden;
    first.hidden = true;
    hide.querySelector("span").textContent = sheet.hidden ? hide.dataset.show : hideText;
    document.getElementById("print-sheet").disabled = sheet.hidden;
    if (sheet.hidden) again.querySelector("input").focus();
  });
  document.getElementById("print-sheet").addEventListener("click", () => {
    // Only the sheet goes on paper.
    document.body.classList.add("printing-sheet");
    window.print();
    document.body.classList.remove("printing-sheet");
  });

  const tell = (entry, text, tone) => {
    const status = entry.querySelector(".hint");
    status.textContent = text;
    status.className = tone ? `hint text-${tone}` : "hint";
    entry.querySelector("input").setAttribute("aria-invalid", String(tone === "bad"));
  };
  const wrongWith = async (entry) => {
    const typed = letters(entry.querySelector("input").value);
    const wrong = await fault(typed);
    if (wrong || entry.dataset.age === "old") return wrong;
    return typed === made[Number(entry.dataset.place)] ? "" : different;
  };
  entries.forEach((entry) => {
    const input = entry.querySelector("input");
    input.addEventListener("input", async () => {
      const typed = letters(input.value);
      if (input.selectionStart === input.value.length && grouped(typed) !== input.value) input.value = grouped(typed);
      if (typed.length < CHARACTERS) tell(entry, form.dataset.count.replace("{full}", Math.floor(typed.length / GROUP)));
      else {
        const wrong = await wrongWith(entry);
        tell(entry, wrong || form.dataset.good, wrong ? "bad" : "good");
      }
    });
  });

  const typedOf = (age) => entries.filter((entry) => entry.dataset.age === age)
    .map((entry) => grouped(letters(entry.querySelector("input").value)));

  guard(async () => {
    if (again.hidden) { first.hidden = false; hide.focus(); return ""; }
    for (const entry of entries) {
      const wrong = await wrongWith(entry);
      if (wrong) {
        tell(entry, wrong, "bad");
        announce(wrong);
        entry.querySelector("input").focus();
        return "";
      }
    }
    const blocks = [await seal({ old: typedOf("old") }), await seal({ new: typedOf("new") })];
    const sealed = toBase64(new Uint8Array([...blocks[0], ...blocks[1]]));
    clear();
    return sealed;
  }, () => { announce(form.dataset.failed); });

  window.addEventListener("pagehide", clear);
  begin();
})();
