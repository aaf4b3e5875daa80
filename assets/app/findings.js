// @ts-check
import { clock } from './dates.js';
import { h, icon, iconButton, loadStyle, set, write } from './dom.js';
import './icons.js';
import { DOCTOR } from './lang/doctor.js';
import { language, locale } from './strings.js';

const COPIED_MS = 2_000;

/** Must be there before the dialog is. */
const style = Promise.all(['./dialog.css', './findings.css'].map(loadStyle));

/** @param {string} key @param {Record<string, any>} [values] what stands for the {placeholders} */
const word = (key, values = {}) => String(DOCTOR[language][key] || key).replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** @param {number} count @param {string} unit */
const amount = (count, unit) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }).format(count);

/** @param {number} seconds */
function lasting(seconds) {
  if (seconds < 60) return amount(seconds, 'second');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? amount(minutes, 'minute') : `${amount(Math.floor(minutes / 60), 'hour')} ${amount(minutes % 60, 'minute')}`;
}

/** @param {string} name of a transport */
const nameOf = (name) => (name === 'ws' ? 'WebSocket' : word(name));

/** What is known by a name, in words, and what it said itself. @param {string} code @param {string} text */
const told = (code, text) => (text && text !== code && !['untried', 'disallowed'].includes(code) ? `${word(code)} (${text})` : word(code));

/** What is shown, line by line; a line without a value is left out. @param {any} report @returns {[string, any][]} */
function lines(report) {
  const { last_trouble: trouble, state } = report;
  return [
    [word('transport'), report.transport && nameOf(report.transport)],
    ...(report.passed_over || []).map((/** @type {any} */ one) => [word('why_not', { name: nameOf(one.transport) }), told(one.code, one.reason)]),
    [word('state'), state && (state === 'open' ? word('open_for', { time: lasting(report.connected_seconds) }) : word(state))],
    [word('round_trip'), report.round_trip_ms && amount(report.round_trip_ms, 'millisecond')],
    [word('reconnects'), report.reconnects],
    [word('last_trouble'), trouble && `${clock(Date.parse(trouble.at))}, ${told(trouble.reason, trouble.text)}`],
    [word('this_tab'), report.role && word(report.role === 'leader' ? 'leads' : 'follows')],
    [word('cursor'), report.cursor],
    [word('unsent'), report.unsent],
    [word('browser'), word(report.browser_online ? 'online' : 'offline')],
    [word('storage'), word(report.storage ? 'available' : 'memory_only')],
    [word('locks'), word(report.locks ? 'available' : 'no_locks')],
    [word('policy'), report.policy.join(', ')],
    [word('page'), report.page_origin],
    [word('server'), word('version', { server: report.server_url, version: report.server_version })],
    [word('widget'), report.widget_version],
  ];
}

/** The one sentence above the lines. @param {any} report @returns {[boolean, string]} */
function verdict(report) {
  if (!report.signed_in) return [false, word('out')];
  if (!report.state) return [false, word('no_leader')];
  return report.state === 'open' ? [true, word('well')] : [false, word('ill')];
}

/** Copy a text; the clipboard's own way needs a permission that the host page may withhold. @param {string} text @param {Element} beside */
async function copy(text, beside) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = h('textarea', { class: 'hush', 'aria-hidden': true });
    field.value = text;
    beside.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
}

/** The dialog that im('doctor') opens. */
export class Findings {
  /** @param {{look: () => Promise<any>, cover: (on: boolean) => void}} parts cover: let the frame take the whole page, or no longer */
  constructor({ look, cover }) {
    this.look = look;
    this.cover = cover;
    this.mark = h('span', { class: 'mark' });
    this.sentence = h('p', { class: 'verdict', role: 'status' });
    this.list = h('dl', { class: 'findings', tabindex: '0', 'aria-labelledby': 'doctor' });
    this.copyButton = h('button', { type: 'button', class: 'push main', onclick: () => this.#copy() }, word('copy'));
    this.again = h('button', { type: 'button', class: 'push', onclick: () => this.#again() }, word('again'));
    this.element = h('dialog', { class: 'doctor', 'aria-labelledby': 'doctor', onclose: () => this.#closed(), onclick: (/** @type {Event} */ event) => this.#clicked(event) },
      h('header', { class: 'head' }, h('h2', { id: 'doctor' }, word('title')), iconButton('close', word('close'), { onclick: () => this.element.close() })),
      h('div', { class: 'top' }, this.mark, this.sentence), this.list,
      h('footer', {}, this.again, this.copyButton));
  }

  /** @param {any} report */
  async show(report) {
    document.querySelector('.doctor')?.remove();
    await style;
    this.#draw(report);
    this.before = /** @type {HTMLElement | null} */ (document.activeElement);
    document.body.append(this.element);
    document.body.classList.add('ready');
    this.cover(true);
    this.element.showModal();
    this.copyButton.focus();
  }

  /** @param {any} report */
  #draw(report) {
    this.report = report;
    const [well, sentence] = verdict(report);
    this.mark.replaceChildren(icon(well ? 'check' : 'alert'));
    set(this.element, 'data-well', String(well));
    write(this.sentence, sentence);
    const known = lines(report).filter(([, value]) => value !== undefined && value !== null && value !== '');
    this.list.replaceChildren(...known.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', { dir: 'auto' }, String(value)))));
  }

  async #again() {
    set(this.again, 'disabled', true);
    this.#draw(await this.look());
    set(this.again, 'disabled', false);
  }

  async #copy() {
    await copy(JSON.stringify(this.report, null, 2), this.element);
    write(this.copyButton, word('copied'));
    this.copyButton.focus();
    setTimeout(() => write(this.copyButton, word('copy')), COPIED_MS);
  }

  /** Beside the card means done with it. @param {Event} event */
  #clicked(event) {
    if (event.target === this.element) this.element.close();
  }

  #closed() {
    if (!this.element.isConnected) return;
    this.element.remove();
    this.cover(false);
    this.before?.focus();
  }
}
