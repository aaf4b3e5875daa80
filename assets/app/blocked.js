// @ts-check
import { path, query } from './api.js';
import { ask, openDialog } from './dialog.js';
import { h, icon, loadStyle } from './dom.js';
import { Face, nameOf } from './faces.js';
import { notice } from './notice.js';
import { complaintOf } from './refusals.js';
import { isolated, say } from './strings.js';

const PAGE = 200;

/**
 * Block somebody or take that back; answers whether it was done.
 * @param {import('./client.js').Client} client
 * @param {{id: string, name: string}} person
 * @param {boolean} on
 */
export async function setBlock(client, person, on) {
  const name = isolated(nameOf(person));
  if (on && !await ask({ label: say('block_question', { name: nameOf(person) }), text: say('block_hint', { name }), yes: say('block'), danger: true })) return false;
  try {
    await client.session.call(on ? 'PUT' : 'DELETE', path`/v1/blocks/${person.id}`);
    notice(say(on ? 'is_blocked' : 'is_unblocked', { name }), on ? { action: say('undo'), run: () => setBlock(client, person, false) } : {});
    return true;
  } catch (error) {
    notice(complaintOf(error), { alert: true });
    return false;
  }
}

/** Whom the person has blocked, with a button to take it back. @param {import('./client.js').Client} client */
export async function openBlocked(client) {
  await Promise.all([import('./icons.js'), loadStyle('./privacy.css'), loadStyle('./groups.css')]);
  const list = h('ul', { class: 'cards', 'aria-label': say('blocked_people') });
  const blank = h('div', { class: 'blank', hidden: true }, icon('block'), h('b', {}, say('nobody_blocked')), h('span', {}, say('nobody_blocked_hint')));
  const draw = async () => {
    const { data } = await client.insist(() => client.session.call('GET', '/v1/blocks' + query({ limit: String(PAGE) })));
    list.replaceChildren(...data.map((/** @type {any} */ { user }) => line(client, user)));
    blank.hidden = data.length > 0;
  };
  const untie = client.state.on('people.changed', () => draw().catch(() => null));
  openDialog({ label: say('blocked_people'), body: [list, blank], onClose: untie });
  draw().catch(() => notice(say('went_wrong'), { alert: true }));
}

/** @param {import('./client.js').Client} client @param {{id: string, name: string, avatar: string}} person */
function line(client, person) {
  const face = new Face();
  face.show(person);
  const undo = h('button', {
    type: 'button', class: 'push', 'aria-label': `${say('unblock')}: ${nameOf(person)}`, onclick: async () => { if (await setBlock(client, person, false)) element.remove(); },
  }, say('unblock'));
  const element = h('li', { class: 'asked' }, face.element, h('div', { class: 'words' }, h('b', { class: 'name', dir: 'auto' }, nameOf(person))), undo);
  return element;
}
