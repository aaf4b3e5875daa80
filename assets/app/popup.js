// @ts-check

const MARGIN_PX = 8;
/** The one that is open: opening another closes it. @type {Popup | null} */
let open = null;

/**
 * Something that lies over a card for a moment, next to what it belongs to: a menu, a picker.
 *
 * A click beside it, Escape, and another one's opening close it; the focus goes back to where it was. It stays
 * within its card, since everything else is the host page's. On a phone it is a sheet at the lower edge.
 */
export class Popup {
  /**
   * @param {HTMLElement} element
   * @param {{from: HTMLElement, within: HTMLElement, focus?: HTMLElement | null, onClose?: () => void}} parts
   *   focus: what gets the focus now; nothing does when it is null
   */
  constructor(element, { from, within, focus = element, onClose = () => {} }) {
    open?.close();
    open = this;
    this.element = element;
    this.from = from;
    this.within = within;
    this.onClose = onClose;
    this.before = /** @type {HTMLElement | null} */ (document.activeElement);
    element.classList.add('popup');
    element.addEventListener('keydown', (event) => this.#keyed(event));
    document.addEventListener('pointerdown', this.#pressed, true);
    if (from.matches('button')) from.setAttribute('aria-expanded', 'true');
    within.append(element);
    this.place();
    focus?.focus({ preventScroll: true });
  }

  /** Put it above what it belongs to, or below where there is more room; call it again when it has grown. */
  place() {
    const { element, within } = this;
    const card = within.getBoundingClientRect();
    const mark = this.from.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = element;
    const below = card.bottom - mark.bottom;
    const above = mark.top - card.top;
    const top = below > offsetHeight + MARGIN_PX || below > above ? mark.bottom - card.top + 4 : mark.top - card.top - offsetHeight - 4;
    const rightward = getComputedStyle(element).direction === 'rtl';
    const left = rightward ? mark.left - card.left : mark.right - card.left - offsetWidth;
    element.style.top = `${clamp(top, card.height - offsetHeight)}px`;
    element.style.left = `${clamp(left, card.width - offsetWidth)}px`;
  }

  #pressed = (/** @type {PointerEvent} */ event) => {
    const target = /** @type {Node} */ (event.target);
    if (!this.element.contains(target) && !this.from.contains(target)) this.close({ back: false });
  };

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (event.key !== 'Escape' || event.isComposing) return;
    event.stopPropagation();
    this.close();
  }

  /** @param {{back?: boolean}} [options] back: the focus returns to where it was */
  close({ back = true } = {}) {
    if (open !== this) return;
    open = null;
    document.removeEventListener('pointerdown', this.#pressed, true);
    this.from.removeAttribute('aria-expanded');
    const focused = this.element.contains(document.activeElement);
    this.element.remove();
    if (back && focused && this.before?.isConnected) this.before.focus({ preventScroll: true });
    this.onClose();
  }
}

/** @param {number} wanted @param {number} last */
const clamp = (wanted, last) => Math.max(MARGIN_PX, Math.min(wanted, last - MARGIN_PX));

/** Whether something is open that belongs to `from`. @param {HTMLElement} from */
export const isOpenFrom = (from) => open?.from === from;

export const closePopup = () => open?.close({ back: false });
