// The review desk works without this. Keys only press what is on the page; the viewer turns and enlarges.
(() => {
  "use strict";
  const OFF = "desk-keys-off";
  const body = document.body;
  const keysOn = () => localStorage.getItem(OFF) === null;

  // ---- keys: by position (event.code), never while typing, never while an input method composes
  const show = () => body.classList.toggle("has-keys", keysOn());
  const help = () => {
    const open = document.querySelector(".desk-keys");
    if (open) return open.remove();
    const box = Object.assign(document.createElement("div"), { className: "desk-keys" });
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", "快捷键");
    const keys = [...document.querySelectorAll("[data-key]")].map((element) => element.textContent.trim().replace(/\s+/g, " "));
    const list = document.createElement("ul");
    for (const text of [...keys, "勾选检查 1 2 3", "上一份、下一份证据 K J", "查找 /", "这张表 ?"]) {
      list.append(Object.assign(document.createElement("li"), { textContent: text }));
    }
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: keysOn() ? "关掉快捷键" : "打开快捷键" });
    button.addEventListener("click", () => {
      if (keysOn()) localStorage.setItem(OFF, "1");
      else localStorage.removeItem(OFF);
      show();
      box.remove();
    });
    box.append(list, button);
    body.append(box);
    button.focus();
  };
  const press = (target) => {
    if (target.matches("summary")) {
      target.parentElement.open = true;
      const form = target.parentElement.querySelector("form");
      (target.dataset.key === "KeyA" ? form.querySelector("button") : form.querySelector("input[type=checkbox], textarea"))?.focus();
    } else if (target.matches("button")) target.form.requestSubmit(target);
    else target.click();
  };
  const turnTo = (step) => {
    const pages = [...document.querySelectorAll(".desk-page")];
    const now = pages.findIndex((page) => page.contains(document.activeElement));
    const next = pages[Math.min(Math.max(now + step, 0), pages.length - 1)];
    next?.scrollIntoView({ block: "nearest" });
    next?.querySelector("a")?.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return document.querySelector(".desk-keys")?.remove();
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return help();
    if (!keysOn() || event.shiftKey) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    const box = digit && document.querySelectorAll("details[open] input[type=checkbox]")[digit[1] - 1];
    const target = document.querySelector(`[data-key="${event.code}"]`);
    if (box) box.click();
    else if (target) press(target);
    else if (event.code === "Slash") document.getElementById("id_q")?.focus();
    else if (event.code === "KeyJ") turnTo(1);
    else if (event.code === "KeyK") turnTo(-1);
    else return;
    event.preventDefault();
  });

  // ---- the viewer
  const tool = (label, act) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.addEventListener("click", act);
    return button;
  };
  for (const page of document.querySelectorAll(".desk-page")) {
    const image = page.querySelector("img");
    let turned = 0;
    let size = 1;
    const draw = () => {
      const side = turned % 2 ? image.naturalWidth / image.naturalHeight : 1;
      image.parentElement.classList.toggle("is-large", size > 1);
      image.style.width = `${size * (side > 1 ? 100 / side : 100)}%`;
      image.style.rotate = `${turned * 90}deg`;
      image.style.marginBlock = side > 1 ? `${size * (50 - 50 / side / side)}%` : "";
    };
    const tools = Object.assign(document.createElement("div"), { className: "desk-tools" });
    tools.append(
      tool("放大", () => { size = Math.min(size * 1.5, 5); draw(); }),
      tool("缩小", () => { size = Math.max(size / 1.5, 1); draw(); }),
      tool("旋转", () => { turned = (turned + 1) % 4; draw(); }),
    );
    page.querySelector("figcaption").prepend(tools);
  }

  // ---- a word before the claim runs out
  const claim = document.querySelector("[data-until]");
  if (claim) {
    const left = Date.parse(claim.dataset.until) - Date.now();
    setTimeout(() => {
      claim.setAttribute("role", "status");
      claim.className = "desk-warning";
      claim.textContent = "再过 2 分钟自动放回,要继续请按“再留 15 分钟”";
    }, Math.min(Math.max(left - 120000, 0), 2 ** 31 - 1));
  }

  const helper = Object.assign(document.createElement("button"), { type: "button", className: "desk-help", textContent: "快捷键" });
  helper.addEventListener("click", help);
  document.getElementById("user-tools")?.prepend(helper);
  document.getElementById("desk-errors")?.focus();
  show();
})();
