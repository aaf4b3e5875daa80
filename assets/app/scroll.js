// @ts-check
const NEAR_PX = 32;
const NEAR_TOP_PX = 160;

/**
 * Keeps a log where the person left it: at the newest message, or with the same message in the same place
 * however much is put in above it.
 */
export class Anchor {
  atBottom = true;
  /** What is shown does not reach the newest, so its end is not the bottom. */
  adrift = false;

  /**
   * @param {HTMLElement} element
   * @param {{onScroll: () => void, onTop: () => void, onEnd: () => void}} react onEnd: near the end of what is adrift
   */
  constructor(element, { onScroll, onTop, onEnd }) {
    this.element = element;
    element.addEventListener('scroll', () => {
      if (!element.clientHeight) return;
      const below = this.#belowPx();
      this.atBottom = !this.adrift && below < NEAR_PX;
      if (element.scrollTop < NEAR_TOP_PX) onTop();
      if (this.adrift && below < NEAR_TOP_PX) onEnd();
      onScroll();
    });
    new ResizeObserver(() => this.settle()).observe(element);
  }

  #belowPx() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight;
  }

  get nearTop() {
    return this.element.clientHeight > 0 && this.element.scrollTop < NEAR_TOP_PX;
  }

  /** Change what is in the log without moving what is seen. @param {() => void} change */
  hold(change) {
    const mark = this.atBottom ? null : this.#firstInView();
    const top = mark?.getBoundingClientRect().top || 0;
    change();
    if (this.atBottom) this.toBottom();
    else if (mark?.isConnected) this.element.scrollTop += mark.getBoundingClientRect().top - top;
  }

  /** Where the person is: the first message in view and how far below the edge it stands; null at the newest. */
  get place() {
    const first = this.atBottom ? null : this.#firstInView();
    return first ? { seq: Number(first.dataset.seq), top: Math.round(first.offsetTop - this.element.scrollTop) } : null;
  }

  /** Bring a message into view: `top` below the edge, or in the middle. @param {HTMLElement} message @param {number} [top] */
  show(message, top = (this.element.clientHeight - message.offsetHeight) / 2) {
    this.atBottom = false;
    this.element.scrollTop = message.offsetTop - top;
  }

  /** @param {HTMLElement} message */
  sees(message) {
    const { scrollTop, clientHeight } = this.element;
    return message.offsetTop + message.offsetHeight > scrollTop && message.offsetTop < scrollTop + clientHeight;
  }

  /** @returns {HTMLElement | undefined} */
  #firstInView() {
    const children = /** @type {HTMLElement[]} */ ([...this.element.children]);
    return children.find((child) => child.dataset.seq && child.offsetTop + child.offsetHeight > this.element.scrollTop);
  }

  settle() {
    if (this.atBottom) this.toBottom();
  }

  toBottom() {
    this.element.scrollTop = this.element.scrollHeight;
    this.atBottom = true;
  }
}
