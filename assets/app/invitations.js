// @ts-check
import { path } from './api.js';
import { openDialog } from './dialog.js';
import { h, icon, loadStyle } from './dom.js';
import { Face, nameOf, placeOf } from './faces.js';
import { notice } from './notice.js';
import { complaintOf } from './refusals.js';
import { isolated, say } from './strings.js';

/** Read again what the person is invited to. @param {import('./client.js').Client} client */
export async function fetchInvitations(client) {
  const { data } = await client.insist(() => client.session.call('GET', '/v1/invitations'));
  client.state.invitations = data;
  client.state.emit('invitations');
}

/** What the person is invited to, to accept or to decline. @param {import('./client.js').Client} client */
export async function openInvitations(client) {
  await loadStyle('./groups.css');
  const list = h('ul', { class: 'cards', 'aria-label': say('invitations') });
  const blank = h('div', { class: 'blank' }, icon('people'), h('b', {}, say('no_invitations')));
  const draw = () => {
    list.replaceChildren(...client.state.invitations.map((invitation) => line(client, invitation, () => dialog.close())));
    blank.hidden = client.state.invitations.length > 0;
  };
  const untie = client.state.on('invitations', draw);
  const dialog = openDialog({ label: say('invitations'), body: [list, blank], onClose: untie });
  draw();
  fetchInvitations(client).catch(() => null);
}

/** @param {import('./client.js').Client} client @param {any} invitation @param {() => void} onJoin */
function line(client, invitation, onJoin) {
  const { conversation_id: id, name, members, inviter } = invitation;
  const face = new Face();
  face.show(placeOf({ ...invitation, id }));
  const answer = (/** @type {string} */ method, /** @type {any} */ words, kind = '') => h('button', {
    type: 'button', class: `push ${kind}`, 'aria-label': `${say(words)}: ${name}`, onclick: () => settle(client, id, { method, onJoin }),
  }, say(words));
  return h('li', { class: 'asked' }, face.element,
    h('div', { class: 'words' }, h('b', { class: 'name', dir: 'auto' }, name),
      h('span', { class: 'line' }, say('invited_by', { name: isolated(nameOf(inviter)), members: say('members', { count: members }) }))),
    h('div', { class: 'answers' }, answer('DELETE', 'decline'), answer('PUT', 'accept', 'main')));
}

/** @param {import('./client.js').Client} client @param {string} id @param {{method: string, onJoin: () => void}} how */
async function settle(client, id, { method, onJoin }) {
  try {
    const joined = await client.session.call(method, path`/v1/conversations/${id}/membership`);
    client.state.invitations = client.state.invitations.filter(({ conversation_id }) => conversation_id !== id);
    client.state.emit('invitations');
    if (!joined) return;
    onJoin();
    client.state.meetConversation(joined);
    client.emit('open', { conversation: id });
  } catch (error) {
    notice(complaintOf(error), { alert: true });
    fetchInvitations(client).catch(() => null);
  }
}
