// What script adds to pages that work without it: dialogs, clocks, copying, one click only. No page depends on this file.
"use strict";

(() => {
  const announce = (text) => { document.getElementById("announcer").textContent = text; };

  // Controls that only script can serve are hidden in the page and shown here.
  const reveal = (root) => root.querySelectorAll("[data-scripted]").forEach((item) => { item.hidden = false; });

  // ---- a submit works once; coming back by the history makes it whole again ----
  const holdButtons = (form, busy) => form.querySelectorAll("[data-once]").forEach((button) => {
    button.disabled = busy;
    button.classList.toggle("is-busy", busy);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.gone) { event.preventDefault(); return; }
    const button = event.submitter;
    if (event.defaultPrevented || !form.querySelector("[data-once]")) return;
    form.dataset.gone = "yes";
    const label = button && button.dataset.busy && button.querySelector("span");
    if (label) label.textContent = button.dataset.busy;
    // Later, because a disabled button would not send its name and value.
    setTimeout(() => holdButtons(form, true), 0);
  });

  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-gone]").forEach((form) => { delete form.dataset.gone; holdButtons(form, false); });
  });

  // ---- the question before an irreversible act: from <details> to <dialog> ----
  const disarm = (dialog) => { dialog.querySelectorAll("[data-once]").forEach((item) => { item.disabled = true; }); };

  const openDialog = (dialog, form) => {
    const box = dialog.querySelector("[data-confirm-box] input");
    if (box) box.checked = true; // the second click is the confirmation
    if (form && !form.noValidate && !form.reportValidity()) return;
    dialog.querySelectorAll("[data-once]").forEach((item) => { item.disabled = false; });
    dialog.querySelectorAll("[data-chosen]").forEach((item) => {
      const list = form && form.elements[item.dataset.chosen];
      if (list && list.selectedOptions) item.textContent = list.selectedOptions[0].textContent;
    });
    dialog.showModal();
    dialog.querySelector("[data-confirm-close]").focus(); // the harmless way is the default
  };

  const makeDialog = (details) => {
    const body = details.querySelector(".confirm-body");
    const title = body.querySelector(".confirm-title");
    const dialog = document.createElement("dialog");
    if (typeof dialog.showModal !== "function") return;
    dialog.className = "confirm-dialog";
    title.id = title.id || `confirm-${Math.random().toString(36).slice(2)}`;
    dialog.setAttribute("aria-labelledby", title.id);
    const opener = document.createElement("button");
    opener.type = "button";
    opener.className = details.querySelector("summary").className;
    opener.append(...details.querySelector("summary").childNodes);
    dialog.append(...body.childNodes);
    details.replaceWith(opener, dialog);
    const box = dialog.querySelector("[data-confirm-box]");
    if (box) box.hidden = true;
    const close = dialog.querySelector("[data-confirm-close]");
    close.hidden = false;
    close.addEventListener("click", () => dialog.close());
    opener.addEventListener("click", () => openDialog(dialog, opener.form || opener.closest("form")));
    dialog.addEventListener("close", () => { disarm(dialog); opener.focus(); });
    disarm(dialog); // else Enter in a text field of the form would confirm
  };

  // ---- menus close by Escape and by a click elsewhere ----
  const closeMenus = (except) => document.querySelectorAll("[data-menu][open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("[data-menu][open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });

  // ---- copying, wordings ----
  const copy = async (button) => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.querySelector("span").textContent = button.dataset.copied;
    announce(button.dataset.copied);
  };

  const insert = (button) => {
    const box = document.getElementById(button.dataset.insert);
    box.setRangeText(button.textContent.trim(), box.selectionStart, box.selectionEnd, "end");
    box.focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-insert]");
    if (button) (button.dataset.copy ? copy : insert)(button);
  });

  // ---- chosen files: names, sizes, and the limit before the upload begins ----
  const size = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

  document.addEventListener("change", (event) => {
    const input = event.target;
    const list = input.closest("[data-upload]") && input.closest("[data-upload]").querySelector("[data-chosen]");
    if (!list) return;
    const tooLarge = [...input.files].filter((file) => file.size > Number(input.dataset.limit));
    list.replaceChildren(...[...input.files].map((file) => {
      const line = document.createElement("li");
      const bad = tooLarge.includes(file);
      line.className = bad ? "is-bad" : "";
      line.textContent = bad ? input.dataset.tooLarge.replace("{name}", file.name) : `${file.name} · ${size(file.size)}`;
      return line;
    }));
    input.setCustomValidity(tooLarge.length ? list.querySelector(".is-bad").textContent : "");
  });

  document.addEventListener("submit", (event) => {
    const bad = event.target.querySelector("[data-upload] input:invalid");
    if (!bad || !bad.validity.customError) return;
    event.preventDefault();
    event.stopPropagation();
    bad.reportValidity();
    bad.focus();
  }, true);

  // ---- clocks run by the server's time, whatever the computer's clock says ----
  const two = (number) => String(number).padStart(2, "0");

  const tick = (clock) => {
    if (clock.skew === undefined) clock.skew = Date.parse(clock.dataset.now) - Date.now();
    const left = Math.floor((Date.parse(clock.dataset.countdown) - Date.now() - clock.skew) / 1000);
    if (left >= 86400) return; // days are told by the server in words
    clock.classList.toggle("is-short", left < 60);
    clock.classList.toggle("is-over", left <= 0);
    const hours = Math.floor(left / 3600);
    clock.textContent = left <= 0 ? clock.dataset.over
      : `${hours ? `${two(hours)}:` : ""}${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
  };

  const tickAll = () => document.querySelectorAll("[data-countdown]").forEach(tick);
  setInterval(tickAll, 1000);

  // ---- regions that stay fresh while the page is in sight and nobody works in them ----
  const renew = () => document.querySelectorAll("[data-quiet]").forEach((region) => {
    region.since = region.since || Date.now();
    if (document.visibilityState !== "visible" || region.contains(document.activeElement)) return;
    if (Date.now() - region.since < Number(region.dataset.quiet) * 1000) return;
    region.since = Date.now();
    region.dispatchEvent(new Event("quiet"));
  });
  setInterval(renew, 10000);
  document.addEventListener("visibilitychange", renew);

  // ---- whenever content comes in ----
  const enhance = (root) => {
    reveal(root);
    root.querySelectorAll("[data-confirm]").forEach(makeDialog);
    tickAll();
  };

  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) enhance(event.target); });
  enhance(document);
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();
