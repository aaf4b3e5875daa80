// @ts-check
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { nameOf, placeOf } from './faces.js';
import { personOf } from './lookup.js';
import { unreadOf } from './state.js';
import { isolated, locale, say } from './strings.js';
import { pause } from './waiting.js';
import { wishesOf } from './wishes.js';

// How long the other tabs of this browser have to say that the person is looking at one of them.
const ANSWER_MS = 200;
const BODY = 160;

/** The conversations that a notification is on the screen for. @type {Set<string>} */
const noted = new Set();
let following = false;

/** Whether the person has this tab before their eyes. @param {import('./client.js').Client} client */
export const looksHere = ({ bridge }) => document.visibilityState === 'visible' && (bridge.focused || document.hasFocus());

/** @param {import('./client.js').Client} client */
async function looksElsewhere({ team }) {
  const id = Math.random();
  const heard = new AbortController();
  const untie = team.on('i look', (/** @type {any} */ answer) => { if (answer.id === id) heard.abort(); });
  team.say({ type: 'who looks', id });
  await pause(ANSWER_MS, heard.signal);
  untie();
  return heard.signal.aborted;
}

/**
 * Tell of a message on the desktop, unless the person has the messenger before their eyes. Only the leading tab does.
 * @param {import('./client.js').Client} client @param {import('./types.js').Message} message
 */
export async function notify(client, message) {
  const wishes = await wishesOf(client);
  if (!wishes.notifications || looksHere(client) || await looksElsewhere(client)) return;
  const id = message.conversation_id;
  const conversation = client.state.conversations.get(id);
  if (!conversation || unreadOf(conversation) === 0) return;
  const shown = await client.bridge.host('notify', describe(client, conversation, message));
  if (!shown) return;
  noted.add(id);
  follow(client);
}

/**
 * @param {import('./client.js').Client} client @param {import('./types.js').Conversation} conversation
 * @param {import('./types.js').Message} message
 */
function describe(client, conversation, message) {
  const sender = personOf(client, message.sender_id);
  const where = conversation.kind === 'direct' ? '' : nameOf(placeOf(conversation));
  const text = message.text.replace(/\s+/g, ' ').slice(0, BODY);
  return {
    id: conversation.id,
    title: where ? say('name_in_place', { name: isolated(nameOf(sender)), place: isolated(where) }) : nameOf(sender),
    body: text || '📎', icon: sender.avatar, lang: locale, dir: 'auto', target: { conversation: conversation.id, seq: message.seq },
  };
}

/** A notification goes when its conversation has been read, here or on another device. @param {import('./client.js').Client} client */
function follow(client) {
  if (following) return;
  following = true;
  client.state.on('unread', () => {
    for (const id of noted) {
      const conversation = client.state.conversations.get(id);
      if (conversation && unreadOf(conversation)) continue;
      noted.delete(id);
      client.bridge.host('withdraw', id);
    }
  });
}

const STATES = { granted: 'notify_granted', denied: 'notify_denied', default: 'notify_default', none: 'notify_none' };

/** What this browser allows, with a button that asks it; nothing else ever asks. @param {import('./client.js').Client} client */
export async function openNotifications(client) {
  const state = await client.bridge.host('permission') || 'none';
  const text = h('p', { role: 'status' }, say(/** @type {'notify_none'} */ (STATES[/** @type {'none'} */ (state)])));
  const ask = async () => {
    const now = await client.bridge.host('ask') || 'none';
    text.textContent = say(/** @type {'notify_none'} */ (STATES[/** @type {'none'} */ (now)]));
    dialog.setActions([]);
    return false;
  };
  const actions = state === 'default' ? [{ label: say('notify_allow'), kind: /** @type {const} */ ('main'), run: ask }] : [];
  const dialog = openDialog({ label: say('notify'), body: text, actions, small: true });
}
