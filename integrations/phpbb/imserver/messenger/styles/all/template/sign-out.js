// Who follows a link to log out signs out of the messenger first.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href*="mode=logout"]');
  if (!link || !window.im || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const leave = () => { location.href = link.href; };
  document.addEventListener('im:identity', leave, { once: true });
  setTimeout(leave, 3000); // the messenger may be away
  window.im('logout');
});
