// A little community with the messenger on its page; README.md says how to start it.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { answerToken, escape, tag } from '../../tokens/node/im-token.mjs'; // in a project of your own: a copy

// Yours come from your database. The id is what the messenger knows a member by, so it never changes.
const MEMBERS = new Map([
  ['1', { id: '1', name: 'Ada' }],
  ['2', { id: '2', name: 'Bob "Bo" O\'Hara' }],
]);
const POSTS = [
  { by: '1', text: 'The lanterns are up again. Who comes to the hill on Friday?' },
  { by: '2', text: 'I do, with <tea> & cake.' },
];
const VARIABLES = { url: 'MESSENGER_URL', id: 'MESSENGER_SITE', key_id: 'MESSENGER_KEY_ID', secret: 'MESSENGER_SECRET' };
const unset = Object.values(VARIABLES).filter((name) => !process.env[name]);
if (unset.length) {
  console.error(`Set ${unset.join(', ')}, as README.md says.`);
  process.exit(1);
}
const site = Object.fromEntries(Object.entries(VARIABLES).map(([key, name]) => [key, process.env[name]]));

// Sign-ins end when this program does; a real community keeps them.
const sessions = new Map();
const app = express();
app.disable('x-powered-by');
app.use(express.static(fileURLToPath(new URL('public', import.meta.url))));
app.use(express.urlencoded({ extended: false }));
app.use((request, response, next) => {
  const cookie = /(?:^|; )community=([^;]+)/.exec(request.headers.cookie || '');
  request.session = cookie?.[1];
  request.member = MEMBERS.get(sessions.get(request.session)) ?? null;
  if (request.method === 'POST' && request.headers['sec-fetch-site'] === 'cross-site') {
    response.status(403).send('Not from another site.');
  } else next();
});

app.get('/', ({ member }, response) => {
  response.set('Content-Security-Policy', `default-src 'none'; script-src 'self' ${site.url}; frame-src ${site.url}; `
    + "connect-src 'self'; style-src 'self'; img-src data:; form-action 'self'");
  response.set('Cache-Control', 'no-store'); // the page holds a token
  response.send(page(member));
});

app.get('/im-token', (request, response) => answerToken(request, response, request.member, site));

// A real community asks for a password here.
app.post('/sign-in', (request, response) => {
  sessions.delete(request.session);
  if (MEMBERS.has(request.body?.member)) {
    const session = randomUUID();
    sessions.set(session, request.body.member);
    response.cookie('community', session, { httpOnly: true, sameSite: 'lax' });
  }
  response.redirect(303, '/');
});

app.post('/sign-out', (request, response) => {
  sessions.delete(request.session);
  response.clearCookie('community').redirect(303, '/');
});

function page(member) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lantern Hill</title>
<link rel="stylesheet" href="/community.css">
<link rel="icon" href="data:,">
<script type="module" src="/sign-out.js"></script>
${tag(member, site, { 'token-url': '/im-token' })}
</head>
<body>
<header>
  <h1>Lantern Hill</h1>
  ${member ? signedIn(member) : signIn()}
</header>
<main>
${POSTS.map((post) => article(post, member)).join('\n')}
</main>
</body>
</html>`;
}

const signedIn = ({ name }) => `<p>Signed in as ${escape(name)} <b class="count" data-im-unread></b></p>
  <form method="post" action="/sign-out" data-sign-out><button>Sign out</button></form>`;

const signIn = () => `<form method="post" action="/sign-in">
    ${[...MEMBERS.values()].map(({ id, name }) => `<button name="member" value="${escape(id)}">Sign in as ${escape(name)}</button>`).join('\n    ')}
  </form>`;

function article({ by, text }, member) {
  const { id, name } = MEMBERS.get(by);
  // A click on anybody else opens the chat with them.
  const hook = id === member?.id ? '' : ` data-im-user="${escape(id)}"`;
  return `  <article>
    <p>${escape(text)}</p>
    <footer>by <a href="/#${escape(id)}"${hook}>${escape(name)}</a></footer>
  </article>`;
}

app.listen(Number(process.env.PORT || 8000), 'localhost');
