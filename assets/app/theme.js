// @ts-check
/**
 * Light or dark as the host says, else as the person's system does; colours as the host's `--im-*` say.
 * The root's color-scheme stays as it is: one that differs from the host's makes an iframe opaque.
 * @param {import('./bridge.js').Bridge} bridge
 */
export function followTheme(bridge) {
  const { theme, variables } = bridge.welcome;
  const show = (/** @type {boolean} */ dark) => {
    const wanted = theme === 'dark' || theme === 'light' ? theme : dark ? 'dark' : 'light';
    document.body.dataset.theme = wanted;
  };
  const { style } = document.body;
  for (const [name, value] of variables) {
    if (value.trim()) style.setProperty(name, value.trim());
    if (value.trim() && name === '--im-accent') style.setProperty('--im-fill', value.trim());
  }
  bridge.on('dark', show);
  show(bridge.welcome.dark);
}
