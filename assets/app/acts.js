// @ts-check
/** What may be done with a message, beyond reading it. */

/** @param {{entry: import('./log.js').Entry}} context */
export async function copy({ entry }) {
  await navigator.clipboard.writeText(entry.text).catch(() => copyBySelection(entry.text));
}

/** Frames of another site are refused the clipboard unless the host's page allows it. @param {string} text */
function copyBySelection(text) {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'hush';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
