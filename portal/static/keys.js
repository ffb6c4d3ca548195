// Hardware keys: a form that holds [data-key] asks the key when it is sent, and goes on with the answer. Chromium 86 on.
"use strict";

(() => {
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const descriptors = (list) => (list || []).map((item) => ({ ...item, id: toBytes(item.id) }));

  const prepared = (options) => {
    const made = { ...options, challenge: toBytes(options.challenge) };
    if (options.user) made.user = { ...options.user, id: toBytes(options.user.id) };
    if (options.allowCredentials) made.allowCredentials = descriptors(options.allowCredentials);
    if (options.excludeCredentials) made.excludeCredentials = descriptors(options.excludeCredentials);
    return made;
  };

  const written = (credential) => {
    const { response } = credential;
    const answer = { clientDataJSON: toText(response.clientDataJSON) };
    if (response.attestationObject) {
      answer.attestationObject = toText(response.attestationObject);
      if (response.getTransports) answer.transports = response.getTransports();
    } else {
      answer.authenticatorData = toText(response.authenticatorData);
      answer.signature = toText(response.signature);
      if (response.userHandle) answer.userHandle = toText(response.userHandle);
    }
    return JSON.stringify({
      id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: answer,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const say = (place, text, bad) => {
    const status = place.querySelector("[data-key-status]");
    status.textContent = text;
    status.classList.toggle("field-error", bad);
    status.classList.toggle("hint", !bad);
    status.hidden = !text;
  };

  const askServer = async (form, place) => {
    const body = new URLSearchParams({ purpose: place.dataset.purpose, csrf_token: form.elements.csrf_token.value });
    const choice = form.elements[place.dataset.choice];
    if (choice && choice.checked) body.append(choice.name, choice.value);
    const answer = await fetch(place.dataset.url, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error("no question");
    return answer.json();
  };

  const reason = (place, error) => {
    const words = { InvalidStateError: "known", NotAllowedError: "cancelled", AbortError: "cancelled", SecurityError: "insecure" };
    return place.dataset[words[error.name] || "failed"];
  };

  const ask = async (form, place, button) => {
    try {
      const publicKey = prepared(await askServer(form, place));
      say(place, place.dataset.waiting, false);
      const credential = await navigator.credentials[place.dataset.key]({ publicKey });
      form.elements[place.dataset.input].value = written(credential);
      say(place, "", false);
      const dialog = form.querySelector("dialog[open]");
      if (dialog && !(button && dialog.contains(button))) dialog.close();
      form.requestSubmit(button && !button.disabled ? button : undefined);
    } catch (error) {
      say(place, reason(place, error), true);
    } finally {
      delete form.dataset.asking;
    }
  };

  const typed = (form) => [...form.querySelectorAll("input[autocomplete='one-time-code']")].some((box) => box.value.trim());

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const place = form.querySelector("[data-key]");
    if (!place || typed(form) || form.elements[place.dataset.input].value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.asking) return;
    if (!window.isSecureContext) { say(place, place.dataset.insecure, true); return; }
    if (!window.PublicKeyCredential) { say(place, place.dataset.missing, true); return; }
    form.dataset.asking = "yes";
    const dialog = event.submitter && event.submitter.closest("dialog[open]");
    ask(form, place, event.submitter).then(() => { if (dialog && !form.dataset.gone) dialog.close(); });
  }, true);
})();
