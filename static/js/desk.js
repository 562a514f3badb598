// The review desk works without this. Keys only press buttons that are on the page.
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const box = document.querySelectorAll(".desk-decide details:first-of-type input[type=checkbox]")[Number(event.code.replace("Digit", "")) - 1];
  if (box) {
    box.checked = !box.checked;
    event.preventDefault();
  }
});
