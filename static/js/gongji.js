// Small comforts. Every page works without this file.
"use strict";

// The error summary takes the focus, so that a screen reader reads it first.
document.querySelector("[data-focus]")?.focus();

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "get") return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// The browser's own file button speaks the browser's language; ours speaks the page's and names the file.
for (const box of document.querySelectorAll(".file-input")) {
  const [input, button, name] = box.children;
  input.classList.add("visually-hidden");
  button.hidden = name.hidden = false;
  input.addEventListener("change", () => { name.textContent = [...input.files].map((file) => file.name).join(" "); });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Read aloud: only where the device has a voice.
for (const button of "speechSynthesis" in window ? document.querySelectorAll("[data-read]") : []) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const speaking = speechSynthesis.speaking;
    speechSynthesis.cancel();
    button.setAttribute("aria-pressed", String(!speaking));
    if (speaking) return;
    const words = new SpeechSynthesisUtterance(document.getElementById(button.dataset.read).innerText);
    words.lang = document.documentElement.lang === "en" ? "en" : "zh-CN";
    words.rate = 0.9;
    words.onend = () => button.setAttribute("aria-pressed", "false");
    speechSynthesis.speak(words);
  });
}

// A pay code lives a minute: count down, then hide it and say so.
const paycode = document.querySelector(".paycode[data-seconds]");
if (paycode) {
  const end = Date.now() + paycode.dataset.seconds * 1000;
  const left = paycode.querySelector("[data-left]");
  const tick = setInterval(() => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    left.textContent = left.dataset.unit.replace("#", seconds);
    if (seconds > 0) return;
    clearInterval(tick);
    paycode.hidden = true;
    document.querySelector("[data-expired]").hidden = false;
  }, 500);
}

// Two minutes before the session ends: say so, and let one press keep it.
const idle = Number(document.body.dataset.idle);
const warning = document.getElementById("session-warning");
if (idle && warning) {
  let timer;
  const start = () => { timer = setTimeout(() => { warning.hidden = false; warning.querySelector("button").focus(); }, (idle - 120) * 1000); };
  warning.querySelector("button").addEventListener("click", async () => {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual", credentials: "same-origin" }).catch(() => null);
    if (!answer || answer.type === "opaqueredirect") return location.reload();
    warning.hidden = true;
    clearTimeout(timer);
    start();
  });
  start();
}
