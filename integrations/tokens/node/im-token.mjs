/**
 * Signs the members of your community in to the messenger: one file, no library, Node 16 or newer.
 *
 *     const site = { url: 'https://im.example.com', id: 's_9f2', key_id: 'k1', secret: '...' };
 *     const member = { id: 42, name: 'Ada', avatar: 'https://forum.example.com/ada.png' };   // null: nobody
 *
 *     tag(member, site, { 'token-url': '/im-token' });   // in every page, anywhere; put it in unescaped
 *     answerToken(request, response, member, site);      // all that /im-token does; in Express, too
 *
 * A member may also have url, email, roles, guest, moderator, joined, posts: docs/api.md, "Signing in". If the
 * messenger asks your server for friends, isAskedByMessenger() tells whether it is the messenger that asks.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

// Long enough for a clock that is minutes off, short enough for a page that was saved: widgets fetch a new one.
const TOKEN_SECONDS = 600;
const NAME_CHARACTERS = 80;
const ADDRESS_CHARACTERS = 500;
const ID_BYTES = 128;
const SECRET_BYTES = 32;
const QUESTION_SECONDS = 300;
// Control characters, halves of characters, and those that turn the text around them: a token with one is refused.
const REFUSED = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+/gu;
const ADDRESS = /^https?:\/\/[A-Za-z0-9._:-]+(?:[/?#].*)?$/u;
const ADDRESSES = ['avatar', 'url'];
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Return the member's token; throw if the member or the site is not complete. */
export function signToken(member, site, now = Date.now() / 1000) {
  if (Buffer.byteLength(site.secret || '') < SECRET_BYTES || !site.id || !site.key_id) {
    throw new Error('The site needs id, key_id and secret, as "bin/im site add" printed them.');
  }
  const header = { alg: 'HS256', typ: 'JWT', kid: site.key_id };
  const signed = [header, claims(member, site.id, Math.floor(now))]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${createHmac('sha256', site.secret).update(signed).digest('base64url')}`;
}

/** Return the script tag for a page that the member looks at; '' if nobody is signed in. */
export function tag(member, site, data = {}) {
  if (!member) return '';
  const values = { site: site.id, token: signToken(member, site), ...data };
  const attributes = Object.entries(values).map(([name, value]) => ` data-${name}="${escape(value)}"`);
  return `<script async src="${escape(site.url)}/im.js"${attributes.join('')}></script>`;
}

/** Answer a request to data-token-url: a fresh token for the member who is signed in, 401 for nobody. */
export function answerToken(request, response, member, site) {
  // No page of another site has any business here; browsers that do not say where from cannot read the answer.
  const foreign = request.headers['sec-fetch-site'] === 'cross-site';
  response.statusCode = foreign ? 403 : member ? 200 : 401;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const answer = foreign || !member ? { error: 'Nobody is signed in.' } : { token: signToken(member, site) };
  response.end(JSON.stringify(answer));
}

/** Tell whether a question for the friends of `userId`, with this X-IM-Signature, is signed and not older than five minutes. */
export function isAskedByMessenger(signature, userId, secret, now = Date.now() / 1000) {
  const [, seconds, marks] = /^t=([0-9]{1,12})((?:,v1=[0-9a-f]{64})+)$/.exec(signature) || [];
  if (!seconds) return false;
  const right = Buffer.from(createHmac('sha256', secret).update(`${seconds}.${userId}`).digest('hex'));
  // All of them, and each in the same time: how long it takes tells nothing.
  const same = marks.slice(4).split(',v1=').filter((given) => timingSafeEqual(right, Buffer.from(given)));
  return same.length > 0 && Math.abs(now - Number(seconds)) <= QUESTION_SECONDS;
}

/** Make any value safe in HTML, between tags and in quotes. */
export const escape = (value) => String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);

function claims(member, siteId, now) {
  const { id, name, ...rest } = Object.fromEntries(Object.entries(member)
    .filter(([claim, value]) => value != null && (!ADDRESSES.includes(claim) || isAddress(String(value)))));
  const sub = String(id ?? '');
  if (!sub || clean(sub) !== sub || Buffer.byteLength(sub) > ID_BYTES) {
    throw new Error('A member has an id of 1 to 128 bytes, without control characters.');
  }
  const own = { iss: siteId, sub, exp: now + TOKEN_SECONDS, name: cut(clean(String(name ?? '')).trim()) };
  return { ...rest, ...own };
}

const clean = (text) => text.replace(REFUSED, ' ');

// By characters: half of an emoji would be no text any more.
const cut = (text) => Array.from(text).slice(0, NAME_CHARACTERS).join('');

const isAddress = (text) => ADDRESS.test(text) && clean(text) === text && Array.from(text).length <= ADDRESS_CHARACTERS;
