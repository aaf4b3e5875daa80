// Who signs out of the community signs out of its messenger: first that, then the form.
const form = document.querySelector('form[data-sign-out]');

form?.addEventListener('submit', (event) => {
  if (!window.im) return;
  event.preventDefault();
  const leave = () => form.submit();
  document.addEventListener('im:identity', leave, { once: true });
  setTimeout(leave, 3000); // the messenger may be away
  window.im('logout');
});
