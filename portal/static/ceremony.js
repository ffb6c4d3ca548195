// The ceremony room: an operator's share is checked and encrypted here, so that only ciphertext leaves the browser
// (architecture §4). The envelope is the one of portal/seals/envelope.py, the checksum the one of hsm/shares.py.
"use strict";

(() => {
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const LOOKALIKES = { 0: "O", 1: "I", 8: "B" };
  const GROUP = 4;
  const SHARE_CHARACTERS = 52; // 32 bytes in base32
  const CHARACTERS = SHARE_CHARACTERS + 4; // and the checksum
  const CHECKSUM_DOMAIN = "gongwen share checksum v1\0";

  const announce = (text) => { document.getElementById("announcer").textContent = text; };

  // ---- the room renews itself: tell what changed, and when the server is silent ----
  let now = "";
  const tellNow = () => {
    const heading = document.querySelector("#room-now h2");
    const text = heading ? heading.textContent : "";
    if (now && text !== now) announce(text);
    now = text;
  };
  const offline = (silent) => { document.getElementById("room-offline").hidden = !silent; };
  document.addEventListener("htmx:sendError", () => offline(true));
  document.addEventListener("htmx:responseError", () => offline(true));
  document.addEventListener("htmx:afterOnLoad", () => { offline(false); tellNow(); });
  tellNow();

  // ---- the share ----
  const form = document.getElementById("share-form");
  if (!form) return;
  if (!(window.isSecureContext && window.crypto && crypto.subtle)) {
    form.remove();
    document.getElementById("share-impossible").hidden = false;
    return;
  }

  const letters = (text) => text.toUpperCase().replace(/[\s\-–—]/g, "").replace(/[018]/g, (digit) => LOOKALIKES[digit]);
  const grouped = (text) => (text.match(/.{1,4}/g) || []).join("-");

  const encode = (bytes) => {
    let bits = "";
    bytes.forEach((byte) => { bits += byte.toString(2).padStart(8, "0"); });
    return bits.match(/.{1,5}/g).map((five) => ALPHABET[parseInt(five.padEnd(5, "0"), 2)]).join("");
  };
  const decode = (text) => {
    const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
    return Uint8Array.from(bits.match(/.{8}/g), (eight) => parseInt(eight, 2));
  };

  // Encoded anew and compared as text: the last letter of the share has spare bits that decoding ignores.
  const checksum = async (share) => {
    const digest = await crypto.subtle.digest("SHA-256", new Uint8Array([...new TextEncoder().encode(CHECKSUM_DOMAIN), ...share]));
    return encode(new Uint8Array(digest)).slice(0, CHARACTERS - SHARE_CHARACTERS);
  };
  const isWhole = async (typed) => {
    const share = decode(typed.slice(0, SHARE_CHARACTERS));
    return encode(share) + (await checksum(share)) === typed;
  };

  // What is wrong with the typed share; "" when it is right.
  const fault = async (typed) => {
    if (/[^A-Z2-7]/.test(typed)) return form.dataset.strange;
    if (typed.length !== CHARACTERS) return form.dataset.short;
    return (await isWhole(typed)) ? "" : form.dataset.typo;
  };

  const fromBase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));

  // One block of ciphertext that names its ceremony and seat, and is labelled with the application this page shows.
  const seal = async (content) => {
    const der = fromBase64(form.dataset.key.replace(/-----[^-]+-----|\s/g, ""));
    const key = await crypto.subtle.importKey("spki", der, { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"]);
    const label = new TextEncoder().encode(form.dataset.application);
    const text = JSON.stringify({ ceremony: Number(form.dataset.ceremony), seat: form.dataset.seat, ...content });
    return new Uint8Array(await crypto.subtle.encrypt({ name: "RSA-OAEP", label }, key, new TextEncoder().encode(text)));
  };

  // Before anybody else sees the submit: `closed` checks, encrypts and clears ("" when something is wrong); only then
  // the form is let go.
  const guard = (closed, failed) => {
    let busy = false;
    document.addEventListener("submit", async (event) => {
      if (event.target !== form || form.dataset.sealed) return;
      event.preventDefault();
      event.stopPropagation();
      if (busy) return;
      busy = true;
      try {
        const sealed = await closed();
        if (!sealed) return;
        document.getElementById("sealed-share").value = sealed;
        form.dataset.sealed = "yes";
        // Later, because a form can't be submitted anew while its submit event is still under way.
        setTimeout(() => form.requestSubmit(form.querySelector("[type=submit]")), 0);
      } catch (error) {
        failed();
      } finally {
        busy = false;
      }
    }, true);
    window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
  };

  window.ceremonyShares = { form, letters, grouped, encode, fault, checksum, seal, toBase64, guard, announce, CHARACTERS, GROUP };

  const input = document.getElementById("typed-share");
  if (!input) return; // shares are being renewed: rotation.js
  const status = document.getElementById("typed-share-status");
  const boxes = document.getElementById("share-groups");

  const tell = (text, tone) => {
    status.textContent = text;
    status.className = tone ? `hint text-${tone}` : "hint";
    boxes.classList.toggle("is-bad", tone === "bad");
    input.setAttribute("aria-invalid", String(tone === "bad"));
  };

  const follow = async () => {
    // Hyphens only while typing at the end: elsewhere they would move the caret.
    if (input.selectionStart === input.value.length) {
      const text = grouped(letters(input.value));
      if (text !== input.value) input.value = text;
    }
    const typed = letters(input.value);
    const full = Math.floor(typed.length / GROUP);
    [...boxes.children].forEach((box, place) => box.classList.toggle("is-full", place < full));
    if (/[^A-Z2-7]/.test(typed)) tell(form.dataset.strange, "bad");
    else if (typed.length < CHARACTERS) tell(form.dataset.count.replace("{full}", full));
    else {
      const wrong = await fault(typed);
      tell(wrong || form.dataset.good, wrong ? "bad" : "good");
      announce(status.textContent);
    }
  };
  input.addEventListener("input", follow);

  const show = document.getElementById("show-share");
  const setShown = (shown) => {
    input.type = shown ? "text" : "password";
    show.setAttribute("aria-pressed", String(shown));
    show.querySelector("span").textContent = shown ? show.dataset.hide : show.dataset.show;
  };
  show.addEventListener("click", () => { setShown(show.getAttribute("aria-pressed") !== "true"); input.focus(); });

  const hold = (text) => { tell(text, "bad"); announce(text); input.focus(); };

  guard(async () => {
    const typed = letters(input.value);
    const wrong = await fault(typed);
    if (wrong) { hold(wrong); return ""; }
    const sealed = toBase64(await seal({ share: grouped(typed) }));
    input.value = "";
    return sealed;
  }, () => hold(form.dataset.failed));

  window.addEventListener("pagehide", () => { input.value = ""; setShown(false); });
})();
