// @ts-check
/**
 * The host page's own elements, brought to life: `data-im-user`, `data-im-unread`, `data-im-room`. How to use them: docs/widget.md.
 *
 * Fetched by im.js when a page has the first of them. Only attributes are put on the host's elements, and no nodes into them,
 * so that whatever renders the page may do so again. Everything is undone when the widget is destroyed.
 */

const NAMES = ['data-im-user', 'data-im-unread', 'data-im-room'];
const SELECTOR = NAMES.map((name) => `[${name}]`).join();
// Presence is asked for a little before an element is seen.
const NEAR = '300px';
const GATHER_MS = 50;
const COUNT_TO = 99;

/** What every state looks like, in colour and in shape; :where() weighs nothing, so that any rule of the host goes before. */
const LOOKS = `
  :where([data-im-presence])::after { content: ""; display: inline-block; box-sizing: border-box; width: .6em; height: .6em;
    margin-inline-start: .35em; border: .12em solid #8a93a3; border-radius: 50%; }
  :where([data-im-presence=online])::after { border: 0; background: #17a55c; }
  :where([data-im-presence=away])::after { border: .16em solid #d98a00; border-inline-end-color: transparent; }
  :where([data-im-presence=dnd])::after { border: 0; background: linear-gradient(#fff, #fff) center / 60% 18% no-repeat #d6294a; }
  :where([data-im-note])::after { content: attr(data-im-note); margin-inline-start: .35em; }
  :where([data-im-note]:empty)::after { margin: 0; }
  :where([data-im-presence], [data-im-note]) { cursor: pointer; }
`;

/** A widget is dressed once, however often that is asked for. @type {WeakSet<AbortSignal>} */
const dressed = new WeakSet();

/** One element of the host and what was done to it. */
class Hook {
  /** The attributes as they were. @type {Map<string, string | null>} */
  #before = new Map();
  #listening = new AbortController();
  #live = false;
  #text = /** @type {string | null} */ (null);

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.wants = JSON.stringify(NAMES.map((name) => element.getAttribute(name)));
    this.user = element.dataset.imUser || '';
    this.room = this.user ? '' : element.dataset.imRoom || '';
    this.counts = 'imUnread' in element.dataset;
  }

  /** Whether the element is there and still asks for the same. */
  get fits() {
    return this.element.isConnected && this.wants === JSON.stringify(NAMES.map((name) => this.element.getAttribute(name)));
  }

  /** @param {string} name @param {string} value */
  #put(name, value) {
    const now = this.element.getAttribute(name);
    if (!this.#before.has(name)) this.#before.set(name, now);
    if (now !== value) this.element.setAttribute(name, value);
  }

  /**
   * A button for everybody: pointer, keyboard, screen reader.
   * @param {() => void} act
   */
  press(act) {
    if (this.#live) return;
    this.#live = true;
    const { element } = this;
    const { signal } = this.#listening;
    element.addEventListener('click', (event) => {
      // A click for a new tab stays one, and what the page has answered is answered.
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented) return;
      event.preventDefault();
      act();
    }, { signal });
    if (element.tagName === 'BUTTON') return;
    this.#put('role', 'button');
    if (!element.matches('a[href], [tabindex]')) this.#put('tabindex', '0');
    element.addEventListener('keydown', (event) => {
      const presses = event.key === ' ' || (event.key === 'Enter' && !element.matches('a[href]'));
      if (event.target !== element || !presses) return;
      event.preventDefault();
      element.click();
    }, { signal });
  }

  /** @param {{presence: string, label: string}} person */
  showPerson({ presence, label }) {
    this.#put('data-im-presence', presence);
    this.#put('aria-label', label);
  }

  /** @param {{note: string, label: string}} room */
  showRoom({ note, label }) {
    this.#put('data-im-note', note);
    this.#put('aria-label', label);
  }

  /** @param {number} count */
  showUnread(count) {
    const { element } = this;
    if (this.#text === null) this.#text = element.textContent || '';
    const words = count > COUNT_TO ? `${COUNT_TO}+` : String(count);
    if (element.textContent !== words) element.textContent = words;
    if (!this.#before.has('hidden')) this.#before.set('hidden', element.getAttribute('hidden'));
    if (element.hidden !== !count) element.hidden = !count;
  }

  undo() {
    this.#listening.abort();
    if (this.#text !== null) this.element.textContent = this.#text;
    for (const [name, value] of this.#before) {
      if (value === null) this.element.removeAttribute(name);
      else this.element.setAttribute(name, value);
    }
  }
}

/** All hooks of one page, for as long as one widget is on it. */
class Page {
  /** @type {Map<HTMLElement, Hook>} */
  #hooks = new Map();
  /** What the messenger told, by what was asked for. @type {Map<string, any>} */
  #people = new Map();
  /** @type {Map<string, any>} */
  #rooms = new Map();
  /** @type {Set<Element>} */
  #near = new Set();
  #unread = 0;
  #out = false;
  #timer = 0;
  #asked = '';

  /**
   * @param {(name: string, ...rest: any[]) => any} im
   * @param {AbortSignal} signal
   * @param {string} room what the tag's data-room says
   */
  constructor(im, signal, room) {
    this.im = im;
    this.signal = signal;
    this.room = room;
    this.sheet = new CSSStyleSheet();
    this.sheet.replaceSync(LOOKS);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    this.changes = new MutationObserver(() => this.#later());
    this.views = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: NEAR });
    this.changes.observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: NAMES });
    this.#hear();
    signal.addEventListener('abort', () => this.#leave(), { once: true });
    this.#look();
  }

  #hear() {
    const { signal } = this;
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ react) => {
      this.im('on', name, react);
      signal.addEventListener('abort', () => this.im('off', name, react), { once: true });
    };
    on('unread', (count) => { this.#unread = count; this.#draw(); });
    // The person's own has no label: nobody writes to oneself.
    on('presence', (person) => { if (person.label) this.#people.set(person.user, person); this.#draw(); });
    on('room', (room) => { this.#rooms.set(room.asked, room); this.#draw(); });
    on('ready', () => { this.#out = false; this.#asked = ''; this.#look(); });
    on('identity', (who) => { if (!who) this.#signedOut(); });
    for (const name of ['popstate', 'hashchange', 'pageshow']) window.addEventListener(name, () => this.#later(), { signal });
  }

  #signedOut() {
    this.#out = true;
    this.#people.clear();
    this.#rooms.clear();
    for (const hook of this.#hooks.values()) this.#drop(hook);
  }

  /** Whatever happens to the page at once is looked at once. */
  #later() {
    this.#timer ||= window.setTimeout(() => {
      this.#timer = 0;
      this.#look();
    }, GATHER_MS);
  }

  #look() {
    if (this.#out) return;
    for (const hook of this.#hooks.values()) if (!hook.fits) this.#drop(hook);
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(SELECTOR))) {
      if (this.#hooks.has(element)) continue;
      this.#hooks.set(element, new Hook(element));
      this.views.observe(element);
    }
    this.#draw();
    this.#ask();
  }

  /** @param {Hook} hook */
  #drop(hook) {
    hook.undo();
    this.views.unobserve(hook.element);
    this.#near.delete(hook.element);
    this.#hooks.delete(hook.element);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#near.add(target);
      else this.#near.delete(target);
    }
    this.#later();
  }

  /** Say who and what is on the page; presence is watched only of those near the screen. */
  #ask() {
    const hooks = [...this.#hooks.values()];
    const rooms = [...new Set(hooks.map(({ room }) => room).filter(Boolean))];
    const wanted = {
      users: [...new Set(hooks.filter(({ user, element }) => user && this.#near.has(element)).map(({ user }) => user))],
      rooms,
      shown: this.room,
      // The addresses of the host's pages leave it only where it says so.
      page: [this.room, ...rooms].includes('page') ? location.href : '',
    };
    const asked = JSON.stringify(wanted);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.im('watch', wanted);
  }

  #draw() {
    for (const hook of this.#hooks.values()) {
      const [person, room] = [this.#people.get(hook.user), this.#rooms.get(hook.room)];
      // Who is no member of the site, and who cannot be asked for, leaves the element to the page.
      if (person) {
        hook.press(() => this.im('open', { user: hook.user }));
        hook.showPerson(person);
      } else if (room) {
        hook.press(() => this.im('open', { room: this.#rooms.get(hook.room)?.id }));
        hook.showRoom(room);
      }
      if (hook.counts) hook.showUnread(this.#unread);
    }
  }

  #leave() {
    clearTimeout(this.#timer);
    // None is set any more.
    this.#timer = -1;
    this.changes.disconnect();
    this.views.disconnect();
    for (const hook of this.#hooks.values()) this.#drop(hook);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
  }
}

/**
 * Dress the page until `signal` says that the widget is gone; without one it is gone already.
 * @param {(name: string, ...rest: any[]) => any} im
 * @param {AbortSignal} [signal]
 * @param {string} [room]
 */
export function dress(im, signal, room = '') {
  if (!signal || signal.aborted || dressed.has(signal)) return;
  dressed.add(signal);
  new Page(im, signal, room);
}
