// @ts-check
/** @typedef {import('./types.js').Message} Message */

/**
 * The messages of one conversation that this tab holds: one unbroken run of seqs.
 *
 * A message that does not continue the run is not taken; `behind` then says that there is more to fetch.
 */
export class Thread {
  /** @type {Message[]} */
  messages = [];
  loaded = false;
  /** Whether older ones are stored. */
  more = false;
  /** The highest seq ever heard of. */
  head = 0;

  get low() {
    return this.messages.length ? this.messages[0].seq : 0;
  }

  get high() {
    return this.messages.length ? this.messages[this.messages.length - 1].seq : 0;
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
  }

  /** None of it is true any more: the server's log is another one. */
  forget() {
    this.messages = [];
    this.loaded = false;
    this.more = false;
    this.head = 0;
  }

  /** @param {Message[]} messages ascending, from before the run @param {boolean} more */
  prepend(messages, more) {
    const older = messages.filter((message) => message.seq < this.low);
    this.messages = [...older, ...this.messages];
    this.more = more;
  }

  /** @param {Message} message @returns {boolean} whether it is new here */
  add(message) {
    this.head = Math.max(this.head, message.seq);
    if (!this.loaded || message.seq !== this.high + 1) return false;
    this.messages.push(message);
    return true;
  }

  /** A message as it is now; an older version than the one held changes nothing. @param {Message} message */
  change(message) {
    const at = this.messages.findIndex(({ seq }) => seq === message.seq);
    if (at >= 0 && (message.version || 0) > (this.messages[at].version || 0)) this.messages[at] = message;
  }

  /** @param {number} seq of the newest stored message */
  hear(seq) {
    this.head = Math.max(this.head, seq);
  }
}
