// @ts-check
import { isMuted, waitingRequests } from './state.js';

/**
 * What buttons and menus offer: a line each. What a line does is loaded when it is first used.
 *
 * `run` and `when` get one object: `chat` (chat.js), `entry` (log.js; in messageActions) and `from`, the button; in panelMenu they get the client
 * alone. `place` says where a tool of the composer stands: `before` the text, `inside` its field, or
 * `instead` of Send while there is nothing to send. `quick` ones are in the bar over a message as well as in its menu.
 */

/**
 * @typedef {object} Action
 * @property {string} name
 * @property {string} icon of dom.js or icons.js
 * @property {string} key of its words in the strings
 * @property {(context: any) => boolean} [when] left out where it says no
 * @property {(context: any) => any} run
 * @property {(client: any) => number} [badge] in panelMenu: how much waits there; more than nothing has a line of its own in the panel
 * @property {boolean} [danger]
 * @property {boolean} [quick]
 * @property {'before' | 'inside' | 'instead'} [place]
 */

/** @param {any} chat */
const isJoined = (chat) => Boolean(chat.conversation) && (chat.kind !== 'room' || Boolean(chat.conversation.role));

const acts = () => import('./acts.js');
// As the server has it: messages.edit_seconds.
const EDIT_MS = 86_400_000;

/** @param {any} context */
const isStored = ({ chat, entry }) => entry.seq > 0 && !entry.deleted && chat.mayWrite;

/** @param {any} context */
const mayEdit = ({ chat, entry }) => isStored({ chat, entry }) && !entry.line && entry.sender_id === chat.me && Date.now() - entry.created_at < EDIT_MS;

/** @param {any} context */
const mayPin = ({ chat, entry }) => isStored({ chat, entry }) && (chat.kind === 'direct' || chat.mayModerate);

/** @param {any} context */
const mayEnclose = ({ chat }) => chat.mayWrite && chat.client.bridge.site.uploads;

/** Browsers on a desk ignore that a camera is asked for. */
const hasCamera = () => matchMedia('(pointer: coarse)').matches;

/** @type {Action[]} context: {chat, from} */
export const composerTools = [
  { name: 'files', icon: 'clip', key: 'add_files', place: 'before', when: mayEnclose, run: async (context) => (await import('./uploads.js')).choose(context) },
  { name: 'camera', icon: 'camera', key: 'take_photo', place: 'before', when: (context) => mayEnclose(context) && hasCamera(), run: async (context) => (await import('./uploads.js')).photograph(context) },
  { name: 'emoji', icon: 'smile', key: 'emoji', place: 'inside', run: async (context) => (await acts()).insertEmoji(context) },
  { name: 'voice', icon: 'mic', key: 'record_voice', place: 'instead', when: (context) => mayEnclose(context) && 'MediaRecorder' in window, run: async (context) => (await import('./recorder.js')).record(context) },
];

/** @type {Action[]} context: {chat, entry, from} */
export const messageActions = [
  { name: 'react', icon: 'smile', key: 'react', quick: true, when: isStored, run: async (context) => (await acts()).pickReaction(context) },
  { name: 'reply', icon: 'reply', key: 'reply', quick: true, when: isStored, run: ({ chat, entry }) => chat.writing.reply(entry) },
  { name: 'copy', icon: 'copy', key: 'copy_text', when: ({ entry }) => Boolean(entry.text), run: async (context) => (await acts()).copy(context) },
  { name: 'pin', icon: 'pin', key: 'pin', when: (context) => !context.entry.pinned && mayPin(context), run: async (context) => (await acts()).pin(context, true) },
  { name: 'unpin', icon: 'pin', key: 'unpin', when: (context) => context.entry.pinned && mayPin(context), run: async (context) => (await acts()).pin(context, false) },
  { name: 'edit', icon: 'edit', key: 'edit', when: mayEdit, run: ({ chat, entry }) => chat.writing.edit(entry) },
  { name: 'delete', icon: 'trash', key: 'delete', danger: true, when: ({ chat, entry }) => isStored({ chat, entry }) && (entry.sender_id === chat.me || chat.mayModerate), run: async (context) => (await acts()).remove(context) },
  { name: 'report', icon: 'flag', key: 'report', danger: true, when: ({ chat, entry }) => entry.seq > 0 && !entry.deleted && !entry.line && entry.sender_id !== chat.me,
    run: async ({ chat, entry }) => (await import('./report.js')).openReport(chat.client, { person: chat.person(entry.sender_id), message: entry }) },
];

/** @type {Action[]} context: {chat, from} */
export const chatMenu = [
  { name: 'pins', icon: 'pin', key: 'pinned_messages', when: ({ chat }) => chat.conversation?.pins > 0, run: async ({ chat }) => (await import('./pins.js')).openPins(chat) },
  { name: 'unread', icon: 'unread', key: 'mark_unread', when: ({ chat }) => chat.conversation?.last_seq > 0, run: async (context) => (await acts()).markUnread(context) },
  { name: 'place', icon: 'people', key: 'members_and_more', when: ({ chat }) => ['group', 'room'].includes(chat.kind),
    run: async ({ chat }) => (await import('./place.js')).openPlace(chat.client, chat.id) },
  { name: 'search', icon: 'search', key: 'search_here', when: ({ chat }) => Boolean(chat.id), run: async (context) => (await import('./search.js')).searchChat(context) },
  { name: 'profile', icon: 'person', key: 'profile', when: ({ chat }) => Boolean(chat.user), run: async ({ chat }) => (await import('./card.js')).openCard(chat.client, chat.user) },
  { name: 'mute', icon: 'mute', key: 'mute', when: ({ chat }) => isJoined(chat) && !isMuted(chat.conversation), run: async ({ chat }) =>
    (await import('./mute.js')).openMute(chat.client, { id: chat.id, from: chat.menu, within: chat.element }) },
  { name: 'unmute', icon: 'bell', key: 'unmute', when: ({ chat }) => isJoined(chat) && isMuted(chat.conversation), run: async ({ chat }) =>
    (await import('./mute.js')).mute(chat.client, chat.id, 0) },
  { name: 'block', icon: 'block', key: 'block', danger: true, when: ({ chat }) => Boolean(chat.user) && !chat.conversation?.blocked,
    run: async ({ chat }) => (await import('./blocked.js')).setBlock(chat.client, chat.peer, true) },
  { name: 'report', icon: 'flag', key: 'report', danger: true, when: ({ chat }) => Boolean(chat.user),
    run: async ({ chat }) => (await import('./report.js')).openReport(chat.client, { person: chat.peer }) },
];

/** @type {Action[]} context: the client */
export const panelMenu = [
  { name: 'notify', icon: 'bell', key: 'notify', run: async (client) => (await import('./notify.js')).openNotifications(client) },
  { name: 'requests', icon: 'mail', key: 'requests', badge: (client) => waitingRequests(client.state).length,
    run: async (client) => (await import('./requests.js')).openRequests(client) },
  { name: 'invitations', icon: 'people', key: 'invitations', badge: (client) => client.state.invitations.length,
    run: async (client) => (await import('./invitations.js')).openInvitations(client) },
  { name: 'rooms', icon: 'hash', key: 'rooms', when: (client) => client.bridge.site.rooms, run: async (client) => (await import('./roomlist.js')).openRooms(client) },
  { name: 'settings', icon: 'gear', key: 'settings', run: async (client) => (await import('./settings.js')).openSettings(client) },
];

/** What is offered here. @param {Action[]} table @param {any} context */
export const offered = (table, context) => table.filter(({ when }) => !when || when(context));
