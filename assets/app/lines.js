// @ts-check
import { isolated, say } from './strings.js';

/**
 * What happened to a group or room.
 * @param {{what: string, user_id?: string, by?: string, name?: string}} line
 * @param {import('./chat.js').Chat} chat
 */
export function words(line, chat) {
  const { what, user_id = '', by = '', name = '' } = line;
  const named = (/** @type {string} */ id) => (id === chat.me ? say('me') : isolated(chat.nameOf(id)));
  const key = what === 'removed' && !by ? 'line_left' : `line_${what}`;
  return say(/** @type {'line_joined'} */ (key), { who: named(user_id || by), by: named(by || user_id), name: isolated(name) });
}
