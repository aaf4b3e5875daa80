// @ts-check
const NEAR_PX = 32;
const NEAR_TOP_PX = 160;

/**
 * Keeps a log where the person left it: at the newest message, or with the same message in the same place
 * however much is put in above it.
 */
export class Anchor {
  atBottom = true;

  /**
   * @param {HTMLElement} element
   * @param {{onScroll: () => void, onTop: () => void}} react
   */
  constructor(element, { onScroll, onTop }) {
    this.element = element;
    element.addEventListener('scroll', () => {
      if (!element.clientHeight) return;
      this.atBottom = this.#belowPx() < NEAR_PX;
      if (element.scrollTop < NEAR_TOP_PX) onTop();
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
