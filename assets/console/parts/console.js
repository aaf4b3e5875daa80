// @ts-check
// Small comforts; every page of the console works without them.

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const text = button.parentElement?.querySelector('pre')?.textContent || '';
  await navigator.clipboard.writeText(text);
  const said = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = said; }, 1_500);
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', () => copy(button));
}

// What cannot be undone is asked once more, where there is no page of its own for that.
for (const form of document.querySelectorAll('form[data-ask]')) {
  form.addEventListener('submit', (event) => {
    if (form instanceof HTMLFormElement && !confirm(form.dataset.ask)) event.preventDefault();
  });
}

// The secret of a link stands behind the #, where no server and no log sees it.
const link = document.querySelector('input[name="link"][data-from-address]');
if (link instanceof HTMLInputElement && location.hash.length > 1) {
  link.value = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  link.form?.requestSubmit();
}

// One menu open at a time, and none after a click beside it.
document.addEventListener('click', ({ target }) => {
  for (const one of document.querySelectorAll('details.who[open]')) {
    if (target instanceof Node && !one.contains(target)) one.removeAttribute('open');
  }
});
