// @ts-check
import { h, loadStyle, set, write } from './dom.js';

loadStyle('./dialog.css');
let last = 0;

/**
 * A line with a switch at its end; `onChange` may answer a promise, and the switch goes back if that fails.
 * @param {{label: string, hint?: string, on: boolean, disabled?: boolean, onChange: (on: boolean) => any}} parts
 */
export function switchRow({ label, hint, on, disabled = false, onChange }) {
  const id = `switch-${last += 1}`;
  const change = async () => {
    try {
      await onChange(input.checked);
    } catch (error) {
      input.checked = !input.checked;
      throw error;
    }
  };
  const input = h('input', { type: 'checkbox', role: 'switch', class: 'switch', disabled, 'aria-describedby': hint ? id : null, onchange: change });
  input.checked = on;
  return h('label', { class: 'setting' }, h('span', { class: 'words' }, h('span', {}, label), hint ? h('span', { class: 'line', id }, hint) : null), input);
}

/**
 * A field under its label. `complain` shows what is wrong with it, and says it; '' is well again.
 * @param {{label: string, value?: string, hint?: string, rows?: number, props?: Record<string, any>}} parts props: as of `h`, for the field itself
 */
export function field({ label, value = '', hint = '', rows = 0, props = {} }) {
  const id = `field-${last += 1}`;
  const input = h(rows ? 'textarea' : 'input', { id, class: 'field', rows: rows || null, dir: 'auto', autocomplete: 'off', 'aria-describedby': `${id}-hint`, ...props });
  input.value = value;
  const note = h('span', { class: 'line', id: `${id}-hint`, role: 'status' }, hint);
  const complain = (/** @type {string} */ what) => {
    write(note, what || hint);
    set(input, 'aria-invalid', what ? 'true' : null);
  };
  return { element: h('div', { class: 'labelled' }, h('label', { for: id }, label), input, note), input, complain };
}

/**
 * A choice of one of a few, under its label.
 * @param {{label: string, value: string, choices: {value: string, label: string}[], onChange: (value: string) => any}} parts
 */
export function selectRow({ label, value, choices, onChange }) {
  const input = h('select', { class: 'field', onchange: () => onChange(input.value) }, ...choices.map((choice) => h('option', { value: choice.value }, choice.label)));
  input.value = value;
  return h('label', { class: 'setting' }, h('span', { class: 'words' }, label), input);
}

/**
 * Tabs: the arrow keys choose, and only the chosen one is reached by Tab. `draw` makes what is under a tab when it is chosen first.
 * @param {{label: string, chosen?: string, tabs: {name: string, label: string, draw: () => Node}[], onChoose?: (name: string) => void}} parts
 */
export function tabs({ label, chosen, tabs: all, onChoose }) {
  const id = `tabs-${last += 1}`;
  const panels = new Map();
  const buttons = all.map(({ name, label: text }, at) => h('button', {
    type: 'button', role: 'tab', class: 'tab', id: `${id}-${name}`, 'aria-controls': `${id}-${name}-panel`, onclick: () => choose(name),
    onkeydown: (/** @type {KeyboardEvent} */ event) => walk(event, at),
  }, text));
  const body = h('div', { class: 'tab-body' });
  const walk = (/** @type {KeyboardEvent} */ event, /** @type {number} */ at) => {
    const onwards = document.dir === 'rtl' ? -1 : 1;
    const next = { ArrowRight: at + onwards, ArrowLeft: at - onwards, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const to = (next + all.length) % all.length;
    choose(all[to].name);
    buttons[to].focus();
  };
  const panelOf = (/** @type {typeof all[number]} */ { name, draw }) => {
    if (!panels.has(name)) {
      panels.set(name, h('div', { role: 'tabpanel', id: `${id}-${name}-panel`, 'aria-labelledby': `${id}-${name}` }, draw()));
      body.append(panels.get(name));
    }
    return panels.get(name);
  };
  const choose = (/** @type {string} */ name) => {
    panelOf(all.find((one) => one.name === name) || all[0]);
    all.forEach((one, at) => {
      const here = one.name === name;
      set(buttons[at], 'aria-selected', String(here));
      set(buttons[at], 'tabindex', here ? '0' : '-1');
      if (panels.has(one.name)) panels.get(one.name).hidden = !here;
    });
    onChoose?.(name);
  };
  const element = h('div', { class: 'tabbed' }, h('div', { role: 'tablist', class: 'tabs', 'aria-label': label }, ...buttons), body);
  choose(chosen || all[0].name);
  return { element, choose };
}
