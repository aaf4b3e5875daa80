// @ts-check
import { path } from './api.js';
import { field } from './controls.js';
import { openDialog } from './dialog.js';
import { h, loadStyle } from './dom.js';
import { complaintOf } from './refusals.js';
import { Picker } from './picker.js';
import { say } from './strings.js';

/** How many others one can ask into a group; with oneself it is full. */
export const GROUP_OTHERS = 99;
const NAME_CHARACTERS = 80;
const TOPIC_CHARACTERS = 250;

/** A field for the name of a group or room. @param {string} [value] */
export const nameField = (value = '') => field({ label: say('name'), value, props: { maxlength: NAME_CHARACTERS } });

/** @param {string} [value] */
export const topicField = (value = '') => field({ label: say('topic'), value, hint: say('topic_hint'), props: { maxlength: TOPIC_CHARACTERS } });

/** Make a group: its name, and who is asked to be in it. @param {import('./client.js').Client} client */
export async function openNewGroup(client) {
  await loadStyle('./groups.css');
  const name = nameField();
  const picker = new Picker(client, { limit: GROUP_OTHERS, onChange: () => name.complain('') });
  const create = () => make(client, { kind: 'group', name: name.input.value.trim(), user_ids: picker.chosen }, name.complain);
  const dialog = openDialog({
    label: say('new_group'), body: [name.element, h('h3', {}, say('invite_people')), picker.element], onClose: () => picker.close(),
    actions: [{ label: say('cancel') }, { label: say('create'), kind: 'main', run: create }],
  });
  return dialog;
}

/** Make a public room. @param {import('./client.js').Client} client */
export async function openNewRoom(client) {
  await loadStyle('./groups.css');
  const [name, topic] = [nameField(), topicField()];
  const create = () => make(client, { kind: 'room', name: name.input.value.trim(), topic: topic.input.value.trim() }, name.complain);
  openDialog({ label: say('new_room'), body: [name.element, topic.element],
    actions: [{ label: say('cancel') }, { label: say('create'), kind: 'main', run: create }] });
}

/**
 * @param {import('./client.js').Client} client
 * @param {{kind: string, name: string}} wanted
 * @param {(what: string) => void} complain
 */
async function make(client, wanted, complain) {
  if (!wanted.name) {
    complain(say('name_missing'));
    return false;
  }
  try {
    const made = await client.session.call('POST', '/v1/conversations', { body: wanted });
    client.state.meetConversation(made);
    client.emit('open', { conversation: made.id });
    return true;
  } catch (error) {
    complain(complaintOf(error));
    return false;
  }
}

/** Ask more people into a group or room. @param {import('./client.js').Client} client @param {string} id @param {Set<string>} without */
export async function openInvite(client, id, without) {
  await loadStyle('./groups.css');
  const note = h('span', { class: 'line', role: 'alert' });
  const picker = new Picker(client, { limit: GROUP_OTHERS, without, onChange: () => { note.textContent = ''; } });
  const invite = async () => {
    if (!picker.chosen.length) return false;
    try {
      await client.session.call('POST', path`/v1/conversations/${id}/invitations`, { body: { user_ids: picker.chosen } });
      return true;
    } catch (error) {
      note.textContent = complaintOf(error);
      return false;
    }
  };
  openDialog({ label: say('invite_people'), body: [picker.element, note], onClose: () => picker.close(),
    actions: [{ label: say('cancel') }, { label: say('invite'), kind: 'main', run: invite }] });
}
