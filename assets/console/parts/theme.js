// @ts-check
// Shows what is typed in the preview, a moment later.
const PAUSE_MS = 400;
const form = document.querySelector('#theme');
const frame = document.querySelector('#preview');
let timer = 0;

/** @returns {HTMLInputElement[]} */
const inputs = () => [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[data-variable]'))];

async function show() {
  if (!(form instanceof HTMLFormElement) || !(frame instanceof HTMLIFrameElement)) return;
  const query = new URLSearchParams();
  for (const { dataset, value } of inputs()) if (value.trim()) query.set(dataset.variable || '', value.trim());
  const address = `${form.dataset.preview}?${query}`;
  // Half a colour is none: until it is one again, what was there stays.
  const { ok } = await fetch(address).catch(() => ({ ok: false }));
  if (ok) frame.src = address;
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE_MS);
}

/** @param {string} colour @returns {string} as a colour input takes it, or nothing */
function hex(colour) {
  const context = document.createElement('canvas').getContext('2d');
  if (!context || !CSS.supports('color', colour)) return '';
  context.fillStyle = colour;
  return context.fillStyle.startsWith('#') ? context.fillStyle : '';
}

for (const input of inputs()) {
  const picker = document.querySelector(`input[data-picks="${input.dataset.variable}"]`);
  input.addEventListener('input', () => {
    if (picker instanceof HTMLInputElement) picker.value = hex(input.value) || picker.value;
    soon();
  });
  if (!(picker instanceof HTMLInputElement)) continue;
  picker.hidden = false;
  picker.value = hex(input.value || input.placeholder);
  picker.addEventListener('input', () => {
    input.value = picker.value;
    soon();
  });
}
