// A signature drawn with finger, pen or mouse. Without this file, or without hands for it, the typed name does.
"use strict";

for (const pad of document.querySelectorAll("[data-sign]")) {
  const canvas = pad.querySelector("canvas"), sent = pad.querySelector("input"), state = pad.querySelector("output");
  pad.hidden = false;
  const scale = Math.min(2, devicePixelRatio || 1), box = canvas.getBoundingClientRect();
  canvas.width = Math.round(box.width * scale);
  canvas.height = Math.round(box.height * scale);
  const ink = canvas.getContext("2d");
  ink.lineCap = ink.lineJoin = "round";
  ink.lineWidth = 3 * scale;

  const show = () => { state.textContent = sent.value ? state.dataset.done : state.dataset.empty; };
  const at = (event) => {
    const now = canvas.getBoundingClientRect();
    return [(event.clientX - now.left) * (canvas.width / now.width), (event.clientY - now.top) * (canvas.height / now.height)];
  };
  const line = (event) => {
    ink.lineTo(...at(event));
    ink.stroke();
  };
  let drawing = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (drawing !== null || event.button) return;
    event.preventDefault();
    drawing = event.pointerId;
    canvas.setPointerCapture(drawing);
    ink.beginPath();
    ink.moveTo(...at(event));
    line(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId === drawing) (event.getCoalescedEvents?.() || [event]).forEach(line);
  });
  const stop = (event) => {
    if (event.pointerId !== drawing) return;
    drawing = null;
    sent.value = canvas.toDataURL("image/png");
    show();
  };
  canvas.addEventListener("pointerup", stop);
  canvas.addEventListener("pointercancel", stop);
  pad.querySelector("[data-clear]").addEventListener("click", () => {
    ink.clearRect(0, 0, canvas.width, canvas.height);
    sent.value = "";
    show();
  });

  // After a mistake elsewhere on the page, what was drawn is still there.
  if (sent.value) {
    const before = new Image();
    before.onload = () => ink.drawImage(before, 0, 0, canvas.width, canvas.height);
    before.onerror = () => { sent.value = ""; show(); };
    before.src = sent.value;
    show();
  }
}
