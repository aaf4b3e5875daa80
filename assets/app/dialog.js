// @ts-check
import { h, iconButton, loadStyle, set } from './dom.js';
import { stage } from './stage.js';
import { say } from './strings.js';

const STYLE = loadStyle('./dialog.css');
const TABBABLE = 'button, input, textarea, select, summary, a[href], audio[controls], video[controls], [tabindex="0"]';
let last = 0;

/**
 * @typedef {object} Action a button in the foot of a dialog
 * @property {string} label
 * @property {'main' | 'plain' | 'danger'} [kind] plain if it is not said
 * @property {() => any} [run] may answer a promise, during which the button is busy; `false` keeps the dialog open
 */

/** What the keyboard can reach in there, in order. @param {Element} element @returns {HTMLElement[]} */
export const reachable = (element) => /** @type {HTMLElement[]} */ ([...element.querySelectorAll(TABBABLE)])
  .filter((one) => !one.hasAttribute('disabled') && one.tabIndex >= 0 && one.getClientRects().length > 0);

/** A window over everything else: the keyboard stays in it, Escape closes it, and the focus returns to where it was. */
class Dialog {
  /** Told once, when it has been closed in whatever way. @type {() => void} */
  #tell = () => {};

  /**
   * @param {{label: string, body: Node | Node[], actions?: Action[], small?: boolean, wide?: boolean, sticky?: boolean, onClose?: () => void}} parts
   */
  constructor({ label, body, actions = [], small = false, wide = false, sticky = false, onClose }) {
    /** @type {Promise<void>} */
    this.closed = new Promise((resolve) => { this.#tell = resolve; });
    this.onClose = onClose;
    this.sticky = sticky;
    const id = `dialog-${last += 1}`;
    this.title = h('h2', { id, dir: 'auto', tabindex: '-1' }, label);
    this.body = h('div', { class: 'content' }, ...[body].flat());
    this.foot = h('footer', {});
    this.element = h('dialog', {
      class: ['dialog', small && 'small', wide && 'wide'].filter(Boolean).join(' '), 'aria-labelledby': id, 'aria-modal': 'true',
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event), onclose: () => this.#ended(),
      onpointerdown: (/** @type {Event} */ event) => { if (event.target === this.element && !this.sticky) this.close(); },
    }, h('div', { class: 'sheet' },
      h('header', { class: 'head' }, this.title, iconButton('close', say('close'), { onclick: () => this.close() })), this.body, this.foot));
    this.setActions(actions);
  }

  /** @param {Action[]} actions */
  setActions(actions) {
    this.foot.replaceChildren(...actions.map((action) => this.#button(action)));
    this.foot.hidden = !actions.length;
  }

  /** @param {Action} action */
  #button({ label, kind = 'plain', run }) {
    const press = async () => {
      set(button, 'aria-busy', 'true');
      set(button, 'disabled', true);
      const answer = await Promise.resolve(run?.()).catch((/** @type {Error} */ error) => {
        queueMicrotask(() => { throw error; });
        return false;
      });
      set(button, 'aria-busy', false);
      set(button, 'disabled', false);
      if (answer !== false) this.close();
    };
    const button = h('button', { type: 'button', class: `push ${kind}`, onclick: press }, label);
    return button;
  }

  async show() {
    this.before = /** @type {HTMLElement | null} */ (document.activeElement);
    await STYLE;
    document.body.append(this.element);
    stage.cover(true);
    this.element.showModal();
    const inside = reachable(this.body);
    const first = this.element.querySelector('[autofocus]') || inside.find((one) => one.matches('input, textarea')) || inside[0]
      || this.foot.lastElementChild || this.title;
    // On a phone a field that has the focus brings the keyboard up over what there is to read.
    (stage.phone && !first.hasAttribute('autofocus') ? this.title : first).focus();
  }

  close() {
    if (this.element.open) this.element.close();
  }

  #ended() {
    if (!this.element.isConnected) return;
    this.element.remove();
    stage.cover(false);
    const back = this.before?.isConnected && this.before.getClientRects().length ? this.before : document.querySelector('.bar');
    /** @type {HTMLElement | null} */ (back)?.focus();
    this.onClose?.();
    this.#tell();
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    // What is open behind it must not hear of Escape.
    event.stopPropagation();
    if (event.key !== 'Tab') return;
    const inside = reachable(this.element);
    const at = inside.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const edge = event.shiftKey ? at <= 0 : at === inside.length - 1;
    if (!edge) return;
    event.preventDefault();
    inside[event.shiftKey ? inside.length - 1 : 0]?.focus();
  }
}

/**
 * Show a dialog. `small` is for a question, `wide` for pictures; `sticky` is not closed by a press beside it.
 * `closed` of the answer resolves when it has gone; `setActions` changes its foot, `body` is where its content is.
 * @param {ConstructorParameters<typeof Dialog>[0]} parts
 */
export function openDialog(parts) {
  const dialog = new Dialog(parts);
  dialog.show();
  return dialog;
}

/**
 * Ask a question; resolves to whether the person said yes.
 * @param {{label: string, text?: string, yes: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export async function ask({ label, text = '', yes, danger = false }) {
  let said = false;
  const dialog = openDialog({
    label, small: true, body: h('p', { dir: 'auto' }, text),
    actions: [{ label: say('cancel') }, { label: yes, kind: danger ? 'danger' : 'main', run: () => { said = true; } }],
  });
  await dialog.closed;
  return said;
}
