// @ts-check
import { field, switchRow } from './controls.js';
import { openDialog } from './dialog.js';
import { h, loadStyle } from './dom.js';
import { nameOf } from './faces.js';
import { notice } from './notice.js';
import { complaintOf } from './refusals.js';
import { isolated, say } from './strings.js';

const REASONS = /** @type {const} */ (['spam', 'abuse', 'hate', 'sexual', 'other']);
const NOTE_LIMIT = 1_000;

/**
 * Tell those who look after the site about a person, or about one message.
 * @param {import('./client.js').Client} client
 * @param {{person: {id: string, name: string}, message?: {conversation_id: string, seq: number, text: string}}} about
 */
export async function openReport(client, { person, message }) {
  await loadStyle('./privacy.css');
  const name = isolated(nameOf(person));
  let [reason, block] = ['', false];
  const choices = REASONS.map((value) => {
    const input = h('input', { type: 'radio', name: 'reason', value, onchange: () => { reason = value; send.disabled = false; } });
    return h('label', { class: 'reason' }, input, h('span', {}, say(`reason_${value}`)));
  });
  const note = field({ label: say('report_note'), rows: 3, props: { maxlength: NOTE_LIMIT } });
  const submit = async () => {
    const about = message ? { conversation_id: message.conversation_id, seq: message.seq } : { user_id: person.id };
    try {
      await client.session.call('POST', '/v1/reports', { body: { ...about, reason, note: note.input.value.trim() } });
    } catch (error) {
      notice(complaintOf(error), { alert: true });
      return false;
    }
    // Said in the dialog, it would go with it.
    dialog.closed.then(() => notice(say('reported')));
    if (block) await client.session.call('PUT', `/v1/blocks/${encodeURIComponent(person.id)}`).catch(() => null);
    return true;
  };
  const dialog = openDialog({
    label: say('report_who', { name: nameOf(person) }),
    body: [
      h('p', { class: 'line' }, say('report_hint')),
      message ? h('blockquote', { class: 'reported', dir: 'auto' }, message.text) : '',
      h('fieldset', { class: 'reasons' }, h('legend', {}, say('report_reason')), ...choices),
      note.element,
      switchRow({ label: say('block_too', { name }), hint: say('block_hint', { name }), on: false, onChange: (on) => { block = on; } }),
    ],
    actions: [{ label: say('cancel') }, { label: say('report'), kind: 'danger', run: submit }],
  });
  const send = /** @type {HTMLButtonElement} */ (dialog.foot.lastElementChild);
  send.disabled = true;
}
