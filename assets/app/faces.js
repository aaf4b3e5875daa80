// @ts-check
import { h, set, write } from './dom.js';
import { say } from './strings.js';

const HUES = 12;

/** The same colour for the same person, everywhere and always. @param {string} id */
export function hueOf(id) {
  let sum = 7;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) || 0)) >>> 0;
  return sum % HUES;
}

/** First letters of the first and the last word. @param {string} name */
function initials(name) {
  const words = name.split(/\s+/).map((word) => word.replace(/^[^\p{L}\p{N}]+/u, '')).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked.map((word) => [...word][0].toLocaleUpperCase()).join('') || '?';
}

/** @param {{name: string}} person */
export const nameOf = (person) => person.name || say('unnamed');

/** @param {string} presence */
export const presenceWord = (presence) => say(/** @type {'online'} */ (presence));

// As the server calls the site's own voice.
const SITE_ITSELF = 'im:system';

/** What stands beside the name of a program of the site, and beside nobody else's. @param {Subject} subject */
export const signOf = ({ id, bot }) => (bot ? say(id === SITE_ITSELF ? 'official' : 'bot') : '');

/** What somebody is now, in a word; a program is never here or away. @param {Subject} subject */
export const standingOf = ({ presence, bot }) => (bot ? say('for_site') : presence ? presenceWord(presence) : '');

/** What stands under a name: the status text if there is one, else the presence, which a place that is not known yet has not. @param {Subject} subject */
export const presenceLine = (subject) => subject.status_text || standingOf(subject);

/** Write a name, with the sign of a program beside it that is seen however long the name is. @param {HTMLElement} node @param {Subject} subject */
export function writeName(node, subject) {
  const [name, sign] = [nameOf(subject), signOf(subject)];
  node.classList.toggle('signed', Boolean(sign));
  // The name goes its own way, the sign behind it goes ours.
  set(node, 'dir', sign ? null : 'auto');
  if (!sign) write(node, name);
  else if (node.textContent !== name + sign) node.replaceChildren(h('span', { dir: 'auto' }, name), h('span', { class: 'sign' }, sign));
}

/**
 * What a group or room is drawn from, in the shape of a person.
 * @param {import('./types.js').Conversation | undefined} conversation
 */
export const placeOf = (conversation) => ({
  id: conversation?.id || '', name: conversation?.name || '', avatar: '', presence: '', status_text: '', kind: conversation?.kind || '',
});

/**
 * @typedef {object} Subject
 * @property {string} id
 * @property {string} name
 * @property {string} [avatar]
 * @property {string} [presence]
 * @property {string} [status_text]
 * @property {boolean} [bot]
 * @property {string} [kind] of a place with many
 * @property {Subject[]} [faces] whose faces stand for it
 */

/** A picture or initials, with a presence dot that differs in shape as well as in colour. */
export class Face {
  #person = '';

  constructor() {
    this.letters = h('span', { class: 'letters', 'aria-hidden': true });
    this.dot = h('span', { class: 'dot', 'aria-hidden': true });
    this.element = h('span', { class: 'face' }, this.letters, this.dot);
  }

  /** @param {Subject} person */
  show(person) {
    set(this.dot, 'data-presence', (!person.bot && person.presence) || null);
    const key = JSON.stringify([person.id, person.name, person.avatar, person.faces?.map(({ id, name, avatar }) => [id, name, avatar])]);
    if (key === this.#person) return;
    this.#person = key;
    write(this.letters, initials(person.name));
    set(this.letters, 'data-hue', hueOf(person.id));
    set(this.element, 'data-kind', person.kind || null);
    for (const old of this.element.querySelectorAll(':scope > img, :scope > .face')) old.remove();
    this.#stack(person.faces || []);
    if (/^https?:\/\//i.test(person.avatar || '')) this.#picture(String(person.avatar));
  }

  /** @param {Subject[]} faces */
  #stack(faces) {
    const stacked = faces.length > 1;
    this.element.classList.toggle('stacked', stacked);
    if (!stacked) return;
    this.element.append(...faces.map((one) => {
      const face = new Face();
      face.show({ ...one, presence: '' });
      return face.element;
    }));
  }

  /** @param {string} address */
  #picture(address) {
    const image = h('img', { alt: '', loading: 'lazy', referrerpolicy: 'no-referrer', draggable: 'false' });
    image.addEventListener('error', () => image.remove());
    image.src = address;
    this.letters.after(image);
  }
}
