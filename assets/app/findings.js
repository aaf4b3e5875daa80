// @ts-check
import { clock } from './dates.js';
import { h, icon, iconButton, loadStyle, set, write } from './dom.js';
import './icons.js';

const COPIED_MS = 2_000;

/** Must be there before the dialog is. */
const style = Promise.all(['./dialog.css', './findings.css'].map(loadStyle));

/** The words of this dialog; hardly anybody ever sees them, so they do not come with the others. */
const WORDS = {
  title: 'Connection check',
  again: 'Check again',
  copy: 'Copy',
  copied: 'Copied',
  close: 'Close',
  ws: 'WebSocket',
  sse: 'Event stream',
  poll: 'Long polling',
  well: 'Connected',
  ill: 'Not connected',
  unknown: 'The tab that holds the connection does not answer',
  out: 'Nobody is signed in',
};

/** @param {number} seconds */
function lasting(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** @param {string} name of a transport */
const nameOf = (name) => WORDS[/** @type {'ws'} */ (name)] || name;

/** What is shown, line by line; a line without a value is left out. @param {any} report @returns {[string, any][]} */
function lines(report) {
  const { last_trouble: trouble } = report;
  const yes = (/** @type {boolean} */ it, /** @type {string} */ word, /** @type {string} */ otherwise) => (it ? word : otherwise);
  return [
    ['Transport', report.transport && nameOf(report.transport)],
    ...(report.passed_over || []).map((/** @type {any} */ one) => [`Why not ${nameOf(one.transport)}`, one.reason]),
    ['State', report.state && (report.state === 'open' ? `open for ${lasting(report.connected_seconds)}` : report.state)],
    ['Round trip', report.round_trip_ms && `${report.round_trip_ms} ms`],
    ['Reconnects', report.reconnects],
    ['Last trouble', trouble && `${clock(Date.parse(trouble.at))}, ${trouble.reason}${trouble.text ? ` (${trouble.text})` : ''}`],
    ['This tab', report.role && yes(report.role === 'leader', 'holds the connection', 'follows another tab')],
    ['Cursor', report.cursor],
    ['Unsent messages', report.unsent],
    ['Network', yes(report.browser_online, 'online', 'offline, says the browser')],
    ['Storage', yes(report.storage, 'available', 'blocked: this page’s memory only')],
    ['Tab locks', yes(report.locks, 'available', 'missing: every tab connects')],
    ['Page', report.page_origin],
    ['Server', `${report.server_url}, version ${report.server_version}`],
    ['Widget', report.widget_version],
  ];
}

/** The one sentence above the lines. @param {any} report @returns {[boolean, string]} */
function verdict(report) {
  if (!report.signed_in) return [false, WORDS.out];
  if (!report.state) return [false, WORDS.unknown];
  return report.state === 'open' ? [true, WORDS.well] : [false, WORDS.ill];
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
    this.copyButton = h('button', { type: 'button', class: 'push main', onclick: () => this.#copy() }, WORDS.copy);
    this.again = h('button', { type: 'button', class: 'push', onclick: () => this.#again() }, WORDS.again);
    this.element = h('dialog', { class: 'doctor', 'aria-labelledby': 'doctor', onclose: () => this.#closed(), onclick: (/** @type {Event} */ event) => this.#clicked(event) },
      h('header', { class: 'head' }, h('h2', { id: 'doctor' }, WORDS.title), iconButton('close', WORDS.close, { onclick: () => this.element.close() })),
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
    write(this.copyButton, WORDS.copied);
    this.copyButton.focus();
    setTimeout(() => write(this.copyButton, WORDS.copy), COPIED_MS);
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
