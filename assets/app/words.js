// @ts-check
import { say } from './strings.js';

/**
 * A message in one line: its words, or what its files are.
 * @param {{text: string, deleted?: boolean, files?: {name: string, type: string, duration_ms?: number}[]}} message
 */
export function wordsOf({ text, deleted, files = [] }) {
  if (deleted) return say('deleted');
  const pictures = files.filter(({ type }) => type.startsWith('image/'));
  const told = [
    ...(pictures.length ? [say('pictures', { count: pictures.length })] : []),
    ...files.filter((file) => !pictures.includes(file)).map(({ name, duration_ms }) => (duration_ms ? say('a_voice_message') : name)),
  ];
  return text || told.join(', ');
}
