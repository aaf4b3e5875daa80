// @ts-check
import { path } from './api.js';
import { h, icon } from './dom.js';
import { openMenu } from './menu.js';
import { notice } from './notice.js';
import { complaintOf } from './refusals.js';
import { say } from './strings.js';

const HOUR_MS = 3_600_000;
/** Muted until this is muted for ever. */
const FOR_EVER_MS = 2 ** 53;

/** @param {import('./client.js').Client} client @param {string} id @param {number} until */
export async function mute(client, id, until) {
  try {
    await client.session.call('PUT', path`/v1/conversations/${id}/mute`, { body: { until_ms: until } });
    const known = client.state.conversations.get(id);
    if (known) client.state.meetConversation({ ...known, muted_until: until });
  } catch (error) {
    notice(complaintOf(error), { alert: true });
  }
}

/**
 * For how long? Answered by a menu next to `from`.
 * @param {import('./client.js').Client} client
 * @param {{id: string, from: HTMLElement, within: HTMLElement}} where
 */
export async function openMute(client, { id, from, within }) {
  await import('./icons.js');
  const choice = (/** @type {string} */ name, /** @type {() => number} */ until) => ({ name, icon: 'clock', key: name, run: () => mute(client, id, until()) });
  openMenu([
    choice('mute_hour', () => Date.now() + HOUR_MS),
    choice('mute_eight', () => Date.now() + 8 * HOUR_MS),
    { ...choice('mute_ever', () => FOR_EVER_MS), icon: 'mute' },
  ], { context: {}, from, within, label: say('mute'), top: h('div', { class: 'menu-title' }, icon('mute'), h('b', {}, say('mute'))) });
}
