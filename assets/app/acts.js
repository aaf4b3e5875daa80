// @ts-check
/** What may be done with a message, beyond reading it. */
import { ApiError, path } from './api.js';
import { openDialog } from './dialog.js';
import { QUICK } from './favourites.js';
import { flattened } from './formatting.js';
import { h, icon } from './dom.js';
import { notice } from './notice.js';
import { isOpenFrom, closePopup, Popup } from './popup.js';
import { say } from './strings.js';
import { wordsOf } from './words.js';

/** @typedef {import('./chat.js').Chat} Chat */
/** @typedef {import('./entries.js').Entry} Entry */

const PREVIEW = 200;

/** One change, repeated until it is answered; the message as it is then is shown everywhere here. @param {Chat} chat @param {string} method @param {string} address @param {any} [body] */
async function change(chat, method, address, body) {
  const { client } = chat;
  try {
    const message = await client.insist(() => client.session.call(method, address, { body }));
    if (message?.seq) client.state.change(message);
    return message || {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    notice(say(error.code === 'edit_too_late' ? 'too_late' : 'not_possible'), { alert: true });
    return null;
  }
}

/** @param {Chat} chat @param {number} seq */
const addressOf = (chat, seq) => path`/v1/conversations/${chat.id}/messages/${seq}`;

/** @param {Chat} chat @param {{seq: number, text: string, mentions: string[]}} change */
export function edit(chat, { seq, text, mentions }) {
  if (text === chat.history?.thread.find(seq)?.text) return null;
  return change(chat, 'PATCH', addressOf(chat, seq), { text, mentions });
}

/** @param {{chat: Chat, entry: Entry}} context */
export function remove({ chat, entry }) {
  const words = h('p', { class: 'quoted', dir: 'auto' }, flattened(wordsOf(entry)).slice(0, PREVIEW));
  openDialog({
    label: say('delete_message'), small: true, body: [words, h('p', {}, say('delete_hint'))],
    actions: [{ label: say('cancel') }, { label: say('delete'), kind: 'danger', run: () => { change(chat, 'DELETE', addressOf(chat, entry.seq)); } }],
  });
}

/** @param {{chat: Chat, entry: Entry}} context @param {{emoji: string, on: boolean}} reaction */
export function react({ chat, entry }, { emoji, on }) {
  return change(chat, 'PUT', `${addressOf(chat, entry.seq)}/reactions`, { emoji, on });
}

/** Whether the person has reacted so. @param {{chat: Chat, entry: Entry}} context @param {string} emoji */
const isOwn = ({ chat, entry }, emoji) => Boolean(entry.reactions?.some((one) => one.emoji === emoji && one.user_ids.includes(chat.me)));

/** The six that are used most, and the way to all others. @param {{chat: Chat, entry: Entry, from: HTMLElement}} context @param {() => void} close */
export function quickRow(context, close) {
  const toggle = (/** @type {string} */ emoji) => {
    close();
    react(context, { emoji, on: !isOwn(context, emoji) });
  };
  const buttons = QUICK.map((emoji) => h('button', {
    type: 'button', class: 'glyph', 'aria-label': emoji, 'aria-pressed': String(isOwn(context, emoji)), onclick: () => toggle(emoji),
  }, emoji));
  const more = h('button', { type: 'button', class: 'glyph', 'aria-label': say('all_emoji'), title: say('all_emoji'), onclick: () => { close(); pick(context); } }, icon('down'));
  return h('div', { class: 'quick', role: 'group', 'aria-label': say('react'), onkeydown: (/** @type {KeyboardEvent} */ event) => walkRow(event) }, ...buttons, more);
}

/** @param {KeyboardEvent} event */
function walkRow(event) {
  const buttons = /** @type {HTMLElement[]} */ ([.../** @type {HTMLElement} */ (event.currentTarget).children]);
  const forward = document.dir === 'rtl' ? -1 : 1;
  const step = { ArrowRight: forward, ArrowLeft: -forward }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  buttons[(at + step + buttons.length) % buttons.length].focus();
}

/** @param {{chat: Chat, entry: Entry, from: HTMLElement}} context */
async function pick({ chat, entry, from }) {
  const { pickEmoji } = await import('./emojipicker.js');
  pickEmoji({ chat, from, once: true, onPick: (emoji) => react({ chat, entry }, { emoji, on: true }) });
}

/** @param {{chat: Chat, entry: Entry, from: HTMLElement}} context */
export function pickReaction(context) {
  if (isOpenFrom(context.from)) {
    closePopup();
    return;
  }
  const row = quickRow(context, () => popup.close());
  const popup = new Popup(row, { from: context.from, within: context.chat.element, focus: row.firstElementChild });
}

/** @param {{chat: Chat, from: HTMLElement}} context */
export async function insertEmoji({ chat, from }) {
  const { pickEmoji } = await import('./emojipicker.js');
  pickEmoji({ chat, from, onPick: (emoji) => chat.composer.insert(emoji) });
}

/** @param {{chat: Chat, entry: Entry}} context @param {boolean} on */
export async function pin({ chat, entry }, on) {
  const done = await change(chat, on ? 'PUT' : 'DELETE', path`/v1/conversations/${chat.id}/pins/${entry.seq}`);
  if (done) chat.client.fetchConversation(String(chat.id));
}

/** @param {Chat} chat @param {boolean} on */
export async function setUnread(chat, on) {
  const { conversation, client } = chat;
  if (!conversation) return;
  conversation.marked_unread = on;
  client.state.emit('conversations');
  await change(chat, 'PUT', path`/v1/conversations/${conversation.id}/unread`, { on });
}

/** Leave it for later: it is unread again until its window is opened once more. @param {{chat: Chat}} context */
export function markUnread({ chat }) {
  setUnread(chat, true);
  chat.onClose();
}

/** @param {{chat: Chat, user: string, from: HTMLElement}} context */
export async function showPerson({ chat, user }) {
  (await import('./card.js')).openCard(chat.client, user);
}

/** @param {{entry: Entry}} context */
export const copy = ({ entry }) => copyText(entry.text);

/** @param {string} text */
export async function copyText(text) {
  await navigator.clipboard.writeText(text).catch(() => copyBySelection(text));
}

/** Frames of another site are refused the clipboard unless the host's page allows it. @param {string} text */
function copyBySelection(text) {
  const field = h('textarea', { class: 'hush' });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
