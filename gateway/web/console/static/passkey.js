// Asks the browser for a passkey when its form is sent, and sends what it answers.
// Forms of passkeys are hidden until it is known that this browser can do that.
"use strict";

function ask(options) {
  if ("user" in options) {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials.get({ publicKey });
}

async function answer(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const fault = form.querySelector(".fault");
  fault.hidden = true;
  try {
    const made = await ask(JSON.parse(form.dataset.passkey));
    form.elements.answer.value = JSON.stringify(made.toJSON());
  } catch (error) {
    fault.hidden = false;
    return;
  }
  form.submit();
}

if (window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", answer);
    form.hidden = false;
  }
}
