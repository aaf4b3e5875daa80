// Each line of standard input is a call; each line of the output its value, or what it refused.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { signToken, tag, answerToken, isAskedByMessenger } = await import(pathToFileURL(process.argv[2]));

/** What a response was made to say. */
function answer({ member, site, from }) {
  const said = { headers: {} };
  const response = { setHeader: (name, value) => { said.headers[name] = value; }, end: (body) => { said.body = body; } };
  answerToken({ headers: from ? { 'sec-fetch-site': from } : {} }, response, member, site);
  return { ...said, status: response.statusCode };
}

const calls = {
  token: ({ member, site, now }) => signToken(member, site, now),
  tag: ({ member, site, data }) => tag(member, site, data),
  asked: ({ signature, user_id: userId, secret, now }) => isAskedByMessenger(signature, userId, secret, now),
  answer,
};

for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const call = JSON.parse(line);
  let said;
  try {
    said = { value: calls[call.call](call) };
  } catch (error) {
    said = { refused: error.message };
  }
  console.log(JSON.stringify(said));
}
