// @ts-check
import { field, switchRow } from './controls.js';
import { openDialog } from './dialog.js';
import { h, icon, loadStyle } from './dom.js';
import { notice } from './notice.js';
import { changeSettings, settingsOf } from './preferences.js';
import { complaintOf } from './refusals.js';
import { say } from './strings.js';

/** @typedef {import('./preferences.js').Settings} Settings */

const SWITCHES = /** @type {const} */ (['receipts', 'typing', 'presence']);
const ATTENTION = /** @type {const} */ (['notifications', 'email']);

/** What a person decides for themselves, the same on all their devices. */
class SettingsDialog {
  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.client = client;
    this.place = h('div', { class: 'settings' });
    const untie = client.state.on('settings', (/** @type {Settings} */ settings) => this.draw(settings));
    this.dialog = openDialog({ label: say('settings'), body: this.place, onClose: untie });
  }

  /** @param {Settings} settings */
  draw(settings) {
    // What the person is writing in must not be taken away under their hands.
    if (this.place.contains(document.activeElement) && document.activeElement?.matches('[type=time]')) return;
    const at = /** @type {HTMLElement[]} */ ([...this.place.querySelectorAll('input, button')]).indexOf(/** @type {any} */ (document.activeElement));
    this.place.replaceChildren(
      h('h3', {}, say('privacy')),
      ...SWITCHES.map((name) => this.#switch(name, settings[name])),
      h('button', { type: 'button', class: 'option', onclick: () => this.#openBlocked() }, icon('block'), h('span', {}, say('blocked_people')), icon('next')),
      h('h3', {}, say('attention')),
      switchRow({ label: say('set_sound'), on: this.client.storage.get('sound') === true, onChange: (on) => this.#setSound(on) }),
      ...ATTENTION.map((name) => this.#switch(name, settings[name])),
      this.#quiet(settings),
    );
    /** @type {HTMLElement[]} */ ([...this.place.querySelectorAll('input, button')])[at]?.focus();
  }

  /** @param {'receipts' | 'typing' | 'presence' | 'notifications' | 'email'} name @param {boolean} on */
  #switch(name, on) {
    return switchRow({ label: say(`set_${name}`), hint: say(`set_${name}_hint`), on, onChange: (wanted) => this.#change({ [name]: wanted }) });
  }

  /** @param {boolean} on */
  async #setSound(on) {
    await this.#change({ sound: on });
    this.client.storage.set('sound', on);
  }

  /** @param {Settings} settings */
  #quiet({ quiet_from, quiet_to }) {
    const props = (/** @type {string} */ name) => ({ type: 'time', onchange: (/** @type {any} */ event) => this.#setQuiet(name, event.target.value) });
    const from = field({ label: say('quiet_from'), value: quiet_from, props: props('quiet_from') });
    const to = field({ label: say('quiet_to'), value: quiet_to, props: props('quiet_to') });
    return h('fieldset', { class: 'quiet' }, h('legend', {}, say('quiet_hours')), h('span', { class: 'line' }, say('quiet_hint')),
      h('div', { class: 'span' }, from.element, to.element));
  }

  /** @param {string} name @param {string} time */
  #setQuiet(name, time) {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone || '';
    return this.#change({ [name]: time, time_zone }).catch(() => null);
  }

  /** Throws when it was refused, after saying so: a switch then goes back. @param {Partial<Settings>} change */
  async #change(change) {
    try {
      await changeSettings(this.client, change);
    } catch (error) {
      notice(complaintOf(error), { alert: true });
      throw error;
    }
  }

  async #openBlocked() {
    (await import('./blocked.js')).openBlocked(this.client);
  }
}

/** @param {import('./client.js').Client} client */
export async function openSettings(client) {
  const [settings] = await Promise.all([settingsOf(client).catch(() => null), import('./icons.js'), loadStyle('./privacy.css')]);
  if (!settings) {
    notice(say('went_wrong'), { alert: true });
    return;
  }
  new SettingsDialog(client).draw(settings);
}
