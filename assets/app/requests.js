// @ts-check
import { path } from './api.js';
import { setBlock } from './blocked.js';
import { ago } from './dates.js';
import { openDialog } from './dialog.js';
import { h, icon, loadStyle } from './dom.js';
import { Face, nameOf } from './faces.js';
import { notice } from './notice.js';
import { complaintOf } from './refusals.js';
import { waitingRequests } from './state.js';
import { isolated, say } from './strings.js';

/**
 * Take a stranger's conversation in, or put it away; the stranger is told of neither.
 * @param {import('./client.js').Client} client @param {string} id @param {boolean} accepted
 */
export async function answerRequest(client, id, accepted) {
  try {
    await client.session.call('PUT', path`/v1/conversations/${id}/acceptance`, { body: { accepted } });
    const known = client.state.conversations.get(id);
    if (known) client.state.meetConversation({ ...known, request: false, declined: !accepted });
    return true;
  } catch (error) {
    notice(complaintOf(error), { alert: true });
    return false;
  }
}

/**
 * The three answers to a request.
 * @param {import('./client.js').Client} client
 * @param {import('./types.js').Conversation} conversation
 * @param {() => void} [onGone] it is not to be seen any more
 */
function answers(client, { id, peer }, onGone = () => {}) {
  const name = nameOf(peer || { name: '' });
  const button = (/** @type {any} */ words, /** @type {string} */ kind, /** @type {() => Promise<any>} */ run) =>
    h('button', { type: 'button', class: `push ${kind}`, 'aria-label': `${say(words)}: ${name}`, onclick: run }, say(words));
  return h('div', { class: 'answers' },
    button('block', '', async () => { if (peer && await setBlock(client, peer, true)) onGone(); }),
    button('decline', '', async () => { if (await answerRequest(client, id, false)) onGone(); }),
    button('accept', 'main', () => answerRequest(client, id, true)));
}

/** The conversations that strangers have begun. @param {import('./client.js').Client} client */
export async function openRequests(client) {
  await Promise.all([import('./icons.js'), loadStyle('./groups.css'), loadStyle('./privacy.css')]);
  const list = h('ul', { class: 'cards', 'aria-label': say('requests') });
  const blank = h('div', { class: 'blank' }, icon('mail'), h('b', {}, say('no_requests')), h('span', {}, say('no_requests_hint')));
  const draw = () => {
    const waiting = waitingRequests(client.state);
    list.replaceChildren(...waiting.map((one) => line(client, one, () => dialog.close())));
    blank.hidden = waiting.length > 0;
  };
  const untie = client.state.on('conversations', () => draw());
  const dialog = openDialog({ label: say('requests'), body: [h('p', { class: 'line' }, say('requests_hint')), list, blank], onClose: untie });
  draw();
}

/** @param {import('./client.js').Client} client @param {import('./types.js').Conversation} conversation @param {() => void} onOpen */
function line(client, conversation, onOpen) {
  const { peer, last_message, last_at } = conversation;
  const face = new Face();
  face.show({ ...(peer || { id: '', name: '' }), presence: '' });
  const open = () => { onOpen(); client.emit('open', { conversation: conversation.id }); };
  return h('li', { class: 'asked' },
    h('button', { type: 'button', class: 'row', onclick: open }, face.element, h('span', { class: 'words' },
      h('span', { class: 'pair' }, h('span', { class: 'name', dir: 'auto' }, nameOf(peer || { name: '' })), h('time', { class: 'when' }, ago(last_at))),
      h('span', { class: 'line', dir: 'auto' }, last_message?.text || ''))),
    answers(client, conversation));
}

/** What stands over a conversation that a stranger began, and instead of its composer where the person has blocked the other one. */
export class Threshold {
  #drawn = '';

  /** @param {import('./chat.js').Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.element = h('div', { class: 'threshold', hidden: true });
    loadStyle('./groups.css');
    loadStyle('./privacy.css');
  }

  draw() {
    const { conversation, peer, client } = this.chat;
    const kind = conversation?.blocked ? 'blocked' : conversation?.request ? 'request' : '';
    const name = isolated(nameOf(peer));
    const key = `${kind} ${name}`;
    this.element.hidden = !kind;
    if (key === this.#drawn || !conversation) return;
    this.#drawn = key;
    if (kind === 'request') {
      this.element.replaceChildren(h('p', {}, say('request_from', { name })), answers(client, conversation, () => this.chat.onClose()));
    } else if (kind) {
      this.element.replaceChildren(h('p', {}, say('is_blocked', { name })),
        h('button', { type: 'button', class: 'push', onclick: () => setBlock(client, peer, false) }, say('unblock')));
    } else this.element.replaceChildren();
  }
}
