// Makes a passkey, or signs with one, and sends the answer with the form around it. Without this script, and where the
// browser knows no passkeys, the button is not shown and the other way stands beside it.
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

function readable(options) {
  const named = (list) => (list ?? []).map((one) => ({ ...one, id: decode(one.id) }));
  const out = { ...options, challenge: decode(options.challenge) };
  if (options.user) out.user = { ...options.user, id: decode(options.user.id) };
  if (options.excludeCredentials) out.excludeCredentials = named(options.excludeCredentials);
  if (options.allowCredentials) out.allowCredentials = named(options.allowCredentials);
  return out;
}

function sendable(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const value = credential.response[name];
    if (value) response[name] = encode(value);
  }
  return JSON.stringify({ id: credential.id, rawId: encode(credential.rawId), type: credential.type, response });
}

function offer(form) {
  const button = form.querySelector("button");
  const says = form.querySelector("[role=status]");
  const publicKey = readable(JSON.parse(form.querySelector("script").textContent));
  form.hidden = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
      form.elements.passkey.value = sendable(credential);
      form.submit();
    } catch {
      says.textContent = "The passkey was not used. Press the button again, or use the other way below.";
    }
  });
}

if (window.PublicKeyCredential) document.querySelectorAll("form[data-passkey]").forEach(offer);
