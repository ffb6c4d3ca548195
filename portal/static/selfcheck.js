// The self-check: finds out by trying what this browser and computer can do, shows it, and puts it into the form.
"use strict";

(() => {
  document.querySelectorAll("[data-print-now]").forEach((button) => button.addEventListener("click", () => window.print()));
  const list = document.querySelector("[data-self-check]");
  if (!list) return;
  const words = list.dataset;

  const show = (key, light, detail) => {
    const row = list.querySelector(`[data-check="${key}"]`);
    const badge = row.querySelector("[data-light]").firstElementChild;
    badge.className = badge.className.replace(/(badge-)(neutral|good|warn|bad)/, `$1${light}`);
    badge.textContent = words[light];
    if (detail) row.querySelector("[data-detail]").textContent = detail;
    row.querySelector("[data-help]").hidden = light === "good";
    const field = row.querySelector("input[type=hidden]");
    if (field) field.value = light;
  };

  // Chromium 86 and Firefox 78 know these; what is older lacks one of them.
  const engine = () => {
    if (typeof Promise.any === "function" || typeof String.prototype.replaceAll === "function") return "good";
    return "globalThis" in window ? "warn" : "bad";
  };

  // A font is there when text set in it is as wide as in no fallback: measured before three different ones.
  const hasFont = (names) => {
    const brush = document.createElement("canvas").getContext("2d");
    const sample = "永和公文交换mmlli0O&";
    const width = (font) => { brush.font = `64px ${font}`; return brush.measureText(sample).width; };
    return names.some((name) => ["monospace", "serif", "sans-serif"].some((base) => width(`"${name}", ${base}`) !== width(base)));
  };
  const FONTS = [
    ["仿宋", ["FangSong", "FangSong_GB2312", "仿宋_GB2312", "STFangsong", "FandolFang R", "FandolFang"]],
    ["宋体", ["SimSun", "NSimSun", "STSong", "Songti SC", "Noto Serif CJK SC", "Source Han Serif SC"]],
    ["黑体", ["SimHei", "STHeiti", "Heiti SC", "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC"]],
  ];

  const fonts = () => {
    const missing = FONTS.filter(([, names]) => !hasFont(names)).map(([label]) => label);
    const light = missing.length === 0 ? "good" : missing.length === FONTS.length ? "bad" : "warn";
    show("fonts", light, missing.length ? words.missing.replace("{n}", missing.join("、")) : "");
  };

  const key = () => {
    if (!window.isSecureContext) { show("key", "bad", words.insecure); return; }
    if (!window.PublicKeyCredential || !navigator.credentials) { show("key", "bad"); return; }
    show("key", "good", words.roaming);
    const ask = window.PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable;
    if (typeof ask !== "function") return;
    ask.call(window.PublicKeyCredential).then((there) => {
      if (there) show("key", "good", `${words.roaming} ${words.builtin}`);
    }, () => {});
  };

  const clock = (arrived) => {
    const off = Math.round(Math.abs(arrived - Number(words.serverTime)) / 1000);
    show("clock", off <= 30 ? "good" : off <= 120 ? "warn" : "bad", words.seconds.replace("{n}", off));
  };

  // When the answer came in, not when this script ran: a slow computer isn't a wrong clock.
  const timing = performance.getEntriesByType("navigation")[0];
  clock(timing ? performance.timeOrigin + timing.responseStart : Date.now());
  show("javascript", "good");
  show("browser", engine());
  show("crypto", window.crypto && window.crypto.subtle ? "good" : "bad", window.isSecureContext ? "" : words.insecure);
  key();
  fonts();
  const wide = window.screen.width;
  show("screen", wide >= 1024 ? "good" : wide >= 360 ? "warn" : "bad", words.points.replace("{n}", wide));
  const printer = document.getElementById("printer");
  printer.addEventListener("change", () => { if (printer.value) show("printer", printer.value); });
})();
