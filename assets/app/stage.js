// @ts-check
import { h } from './dom.js';

// The panel and one window beside it; with less room, which 200 % zoom makes, it is one thing at a time.
const PHONE_PX = 720;
// Room for the shadow; beyond it every click is the host page's.
const SHADOW_PX = 10;

/** @typedef {{left: number, top: number, width: number, height: number}} Box */

/** @param {Box} box */
function outline({ left, top, width, height }) {
  const [x, y] = [Math.round(left) - SHADOW_PX, Math.round(top) - SHADOW_PX];
  return `M${x} ${y}h${Math.ceil(width) + 2 * SHADOW_PX}v${Math.ceil(height) + 2 * SHADOW_PX}H${x}z`;
}

/** The frame covers the page; this says which parts of it are seen and take clicks: the cards, and what was exposed. */
export class Stage {
  phone = false;
  element = h('main', { class: 'dock' });
  /** Put the cards in their places; whoever has more than the bar to place takes this over. */
  arrange = () => {};
  #covers = 0;
  /** @type {Set<Element>} */
  #exposed = new Set();
  /** @type {import('./bridge.js').Bridge | null} */
  #bridge = null;

  /** @param {import('./bridge.js').Bridge} bridge */
  begin(bridge) {
    this.#bridge = bridge;
    const leftwards = document.dir === 'rtl';
    this.element.classList.toggle('start', (bridge.welcome.position || (leftwards ? 'left' : 'right')) === (leftwards ? 'right' : 'left'));
    document.body.append(this.element);
    window.addEventListener('resize', () => this.layOut());
  }

  layOut() {
    this.phone = window.innerWidth > 0 && window.innerWidth < PHONE_PX;
    document.body.classList.toggle('phone', this.phone);
    this.arrange();
    document.body.classList.add('ready');
    this.#shape();
  }

  /** Something takes the whole page for a while; each `true` is taken back by one `false`. @param {boolean} covered */
  cover(covered) {
    this.#covers += covered ? 1 : -1;
    this.#shape();
  }

  /** Let something beside the cards be seen and clicked, as it stands now; the answer takes that back. @param {Element} element */
  expose(element) {
    this.#exposed.add(element);
    this.#shape();
    return () => {
      this.#exposed.delete(element);
      this.#shape();
    };
  }

  #shape() {
    const cards = /** @type {HTMLElement[]} */ ([...this.element.children]).filter((card) => !card.hidden);
    const whole = this.#covers > 0 || (this.phone && cards.some((card) => !card.matches('.hub:not(.open)')));
    if (whole) {
      this.#bridge?.shape('none', true);
      return;
    }
    // Where the cards will stand when they have come to rest, whatever moves them now.
    const dock = this.element.getBoundingClientRect();
    const boxes = cards.map((card) => ({
      left: Math.round(dock.left) + card.offsetLeft, top: Math.round(dock.top) + card.offsetTop, width: card.offsetWidth, height: card.offsetHeight,
    }));
    const exposed = [...this.#exposed].map((element) => element.getBoundingClientRect());
    this.#bridge?.shape(`path("${[...boxes, ...exposed].map(outline).join('')}")`, false);
  }
}

export const stage = new Stage();
