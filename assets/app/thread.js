// @ts-check
/** @typedef {import('./types.js').Message} Message */

// As many messages as a log may hold while it is scrolled; what is further away is fetched again.
const LIMIT = 300;
const KEPT = 50;

/**
 * The messages of one conversation that this tab holds: one unbroken run of seqs that reaches the newest, and perhaps
 * a detour, another run further back that is looked at instead. The two are joined as soon as they touch.
 *
 * A message that does not continue the newest run is not taken; `behind` then says that there is more to fetch.
 */
export class Thread {
  /** @type {Message[]} */
  messages = [];
  loaded = false;
  /** Whether older ones are stored. */
  more = false;
  /** Whether there were older ones, which the site does not keep for so long. */
  trimmed = false;
  /** The highest seq ever heard of. */
  head = 0;
  /** @type {{messages: Message[], more: boolean} | null} */
  detour = null;

  /** What is looked at. @returns {{messages: Message[], more: boolean}} */
  get shown() {
    return this.detour || this;
  }

  get low() {
    return this.messages[0]?.seq || 0;
  }

  get high() {
    return this.messages[this.messages.length - 1]?.seq || 0;
  }

  get behind() {
    return this.loaded && this.high < this.head;
  }

  /**
   * Start over with the newest page.
   * @param {Message[]} messages ascending
   * @param {boolean} more
   */
  replace(messages, more) {
    this.messages = messages;
    this.more = more;
    this.loaded = true;
    this.head = Math.max(this.head, this.high);
    this.#join();
  }

  /** None of it is true any more: the server's log is another one. */
  forget() {
    this.messages = [];
    this.loaded = false;
    this.more = false;
    this.trimmed = false;
    this.detour = null;
    this.head = 0;
  }

  /** @param {Message[]} messages ascending, from before what is shown @param {boolean} more */
  prepend(messages, more) {
    const run = this.shown;
    const older = messages.filter((message) => message.seq < run.messages[0].seq);
    run.messages = [...older, ...run.messages];
    run.more = more;
    if (run.messages.length <= LIMIT) return;
    const first = { messages: run.messages.slice(0, LIMIT), more };
    if (run === this) this.trim(KEPT);
    this.detour = first;
  }

  /** Look at another place. @param {Message[]} messages ascending, not empty @param {boolean} more */
  visit(messages, more) {
    this.detour = { messages, more };
    this.#join();
  }

  /** @param {Message[]} messages ascending, from after the detour */
  extend(messages) {
    if (!this.detour) return;
    const last = this.detour.messages[this.detour.messages.length - 1].seq;
    this.detour.messages.push(...messages.filter(({ seq }) => seq > last));
    this.#join();
    const run = this.shown;
    if (run.messages.length <= LIMIT) return;
    run.messages = run.messages.slice(-LIMIT);
    run.more = true;
  }

  /** Back to the newest. */
  leave() {
    this.detour = null;
  }

  /** Hold no more than the newest `count`. @param {number} count */
  trim(count) {
    if (this.messages.length <= count) return;
    this.messages = this.messages.slice(-count);
    this.more = true;
  }

  #join() {
    const run = this.detour;
    const last = run?.messages[run.messages.length - 1].seq || 0;
    if (!run || last + 1 < this.low || !this.loaded) return;
    this.detour = null;
    // The detour may lie within the newest run.
    if (run.messages[0].seq >= this.low) return;
    this.messages = [...run.messages.filter(({ seq }) => seq < this.low), ...this.messages];
    this.more = run.more;
  }

  /** @param {Message} message @returns {boolean} whether it is new here */
  add(message) {
    this.head = Math.max(this.head, message.seq);
    if (!this.loaded || message.seq !== this.high + 1) return false;
    this.messages.push(message);
    return true;
  }

  /** @param {number} seq @returns {Message | undefined} */
  find(seq) {
    return [this.detour?.messages, this.messages].flatMap((run) => run?.find((message) => message.seq === seq) || [])[0];
  }

  /** A message as it is now, and the quotes of it; an older version than the one held changes nothing. @param {Message} message */
  change(message) {
    for (const run of [this.messages, this.detour?.messages || []]) {
      const at = run.findIndex(({ seq }) => seq === message.seq);
      if (at >= 0 && (message.version || 0) > (run[at].version || 0)) run[at] = message;
      run.forEach((one, place) => {
        if (one.reply?.seq === message.seq && one.reply.text !== message.text) run[place] = { ...one, reply: { ...one.reply, text: message.text } };
      });
    }
  }

  /** @param {number} seq of the newest stored message */
  hear(seq) {
    this.head = Math.max(this.head, seq);
  }
}
