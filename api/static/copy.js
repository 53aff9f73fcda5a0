// Copies a text to the clipboard. Without this script the text can be selected; the button is not shown then.
function offer(button) {
  const source = document.getElementById(button.dataset.copies);
  const says = document.getElementById(button.dataset.says);
  if (!source || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      says.textContent = "Copied. Now paste it.";
    } catch {
      says.textContent = "This browser does not let Doorstep copy. Select the text and copy it by hand.";
    }
  });
}

document.querySelectorAll("button[data-copies]").forEach(offer);
