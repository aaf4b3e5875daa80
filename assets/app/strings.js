// @ts-check
/** Every word that the widget says, in one table. */
const ENGLISH = {
  messenger: 'Messenger',
  panel: 'People and conversations',
  close_panel: 'Close panel',
  contacts: 'Contacts',
  conversations: 'Conversations',
  online_now: 'Online now',
  search: 'Search people',
  clear_search: 'Clear search',
  no_contacts: 'Nobody here yet',
  no_contacts_hint: 'Members show up when they come online.',
  no_results: 'Nobody by that name',
  no_results_hint: 'Try a first name, or fewer letters.',
  no_conversations: 'No conversations yet',
  no_conversations_hint: 'Pick somebody below and say hello.',
  sound_on: 'Sound on',
  sound_off: 'Sound off',
  status: 'Your status',
  status_text: 'Status text',
  status_hint: 'What are you up to?',
  online: 'Online',
  away: 'Away',
  dnd: 'Do not disturb',
  invisible: 'Invisible',
  offline: 'Offline',
  online_hint: 'People see that you are here',
  away_hint: 'You may take a while to answer',
  dnd_hint: 'No sounds',
  invisible_hint: 'You look offline to everyone',
  chat_with: 'Chat with {name}',
  messages_with: 'Chat log with {name}',
  minimise: 'Minimise',
  restore: 'Expand',
  close_chat: 'Close chat',
  back: 'Back',
  message: 'Message',
  write: 'Write a message…',
  send: 'Send',
  sending: 'Sending',
  sent: 'Sent',
  failed: 'Not sent',
  retry: 'Retry',
  delete: 'Delete',
  new_messages: 'New',
  to_bottom: 'Go to the newest',
  to_bottom_new: 'Go to the newest, {count} new',
  first_words: 'Say hello to {name}',
  first_words_hint: 'Nothing has been said yet.',
  beginning: 'This is the beginning of your conversation.',
  you: 'You: {text}',
  somebody: 'Somebody',
  unread: '{count} unread',
  left: '{count} characters left',
  over: '{count} characters too many',
  today: 'Today',
  yesterday: 'Yesterday',
  now: 'now',
  minutes: '{count} min',
  reconnecting: 'Reconnecting…',
  signed_out: 'Signed out – reload the page',
  unnamed: 'Member',
  said: '{name}: {text}',
  typing: '{name} is typing…',
  // groups and rooms
  members: '{count} members',
  muted: 'Muted',
  mentioned: 'You were mentioned',
};

/** A name inside a sentence, which may be written in the other direction. @param {string} name */
export const isolated = (name) => `\u2068${name}\u2069`;

/**
 * @param {keyof typeof ENGLISH} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  return ENGLISH[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
