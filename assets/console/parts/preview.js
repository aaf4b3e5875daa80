// @ts-check
// Before the tag runs: the variables as a host's style sheet would set them.
const { variables } = document.documentElement.dataset;
for (const [name, value] of Object.entries(JSON.parse(variables || '{}'))) {
  document.documentElement.style.setProperty(name, value);
}

window.addEventListener('load', () => {
  const { im } = /** @type {any} */ (window);
  if (typeof im === 'function') im('open', { user: 'mira' });
});
