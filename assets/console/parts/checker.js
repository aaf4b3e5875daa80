// @ts-check
// The half of the live checker that only a browser can do: what the proxies between do to our connections.
const OPEN_MS = 5_000;
const WAIT_MS = 40_000;
const PIECES = 4;
// The server pauses half a second between pieces; what comes within this was kept back.
const TOGETHER_MS = 250;

/** @returns {Promise<boolean>} */
function socketOpens() {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/v1/socket`);
    const end = (/** @type {boolean} */ good) => {
      clearTimeout(timer);
      socket.close();
      resolve(good);
    };
    const timer = setTimeout(() => end(false), OPEN_MS);
    socket.addEventListener('open', () => end(true));
    socket.addEventListener('error', () => end(false));
  });
}

async function streamFlows() {
  const answer = await fetch('/console/probe/stream', { cache: 'no-store' });
  const reader = answer.body?.getReader();
  if (!answer.ok || !reader) return false;
  const times = [];
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) times.push(performance.now());
  return times.length > 1 && times[times.length - 1] - times[0] > TOGETHER_MS * (PIECES - 1);
}

async function pollWaits() {
  const answer = await fetch('/console/probe/wait', { cache: 'no-store', signal: AbortSignal.timeout(WAIT_MS) });
  return answer.ok && 'waited_seconds' in await answer.json();
}

/** @param {string} name @param {() => Promise<boolean>} look */
async function probe(name, look) {
  const line = document.querySelector(`[data-probe="${name}"]`);
  const said = line?.querySelector('[data-said]');
  const mark = line?.querySelector('.mark');
  if (!(line instanceof HTMLElement) || !said || !mark) return;
  line.className = 'wait';
  mark.textContent = '…';
  said.textContent = 'Trying…';
  const good = await look().catch(() => false);
  line.className = good ? 'good' : 'bad';
  mark.textContent = good ? '✓' : '!';
  said.textContent = (good ? line.dataset.good : line.dataset.bad) || '';
}

const button = document.querySelector('#probe');
if (button instanceof HTMLButtonElement) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    await Promise.all([probe('socket', socketOpens), probe('stream', streamFlows), probe('poll', pollWaits)]);
    button.disabled = false;
  });
}
