// @ts-check
import './icons.js';
import { offered, panelMenu } from './actions.js';
import { badgeText } from './bar.js';
import { h, icon, iconButton, loadStyle } from './dom.js';
import { openMenu } from './menu.js';
import { say } from './strings.js';

/** What the panel leads to besides people and conversations: a menu of everything, and a line for what waits for an answer. */
export class Folders {
  /** @param {import('./client.js').Client} client @param {HTMLElement} panel */
  constructor(client, panel) {
    this.client = client;
    this.panel = panel;
    loadStyle('./messages.css');
    const fresh = iconButton('plus', say('new_group'), { onclick: async () => (await import('./newgroup.js')).openNewGroup(client) });
    this.dot = h('span', { class: 'dot-new', hidden: true });
    this.menu = iconButton('dots', say('more'), { 'aria-haspopup': 'menu', onclick: () => this.#open() });
    this.menu.append(this.dot);
    this.tools = h('div', { class: 'search-tools' }, fresh, this.menu);
    this.element = h('div', { class: 'folders', hidden: true });
    for (const name of ['invitations', 'conversations', 'folders']) client.state.on(name, () => this.draw());
    client.state.on('invitations.changed', async () => (await import('./invitations.js')).fetchInvitations(client).catch(() => null));
    this.draw();
  }

  get #actions() {
    return offered(panelMenu, this.client);
  }

  #open() {
    const actions = this.#actions.map((action) => ({ ...action, run: () => action.run(this.client) }));
    openMenu(actions, { context: {}, from: this.menu, within: this.panel, label: say('more') });
  }

  #drawn = '';

  draw() {
    const waiting = this.#actions.map((action) => ({ action, count: action.badge?.(this.client) || 0 })).filter(({ count }) => count > 0);
    const key = JSON.stringify(waiting.map(({ action: { name }, count }) => [name, count]));
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.dot.hidden = !waiting.length;
    this.element.hidden = !waiting.length;
    this.element.replaceChildren(...waiting.map(({ action, count }) => h('button', {
      type: 'button', class: 'folder', 'data-folder': action.name, onclick: () => action.run(this.client),
    }, icon(action.icon), h('span', { class: 'words' }, say(/** @type {'message'} */ (action.key))), h('span', { class: 'badge' }, badgeText(count)))));
  }
}
