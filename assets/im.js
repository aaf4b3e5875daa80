// docs/widget.md
(function (w, d) {
  'use strict';
  const queued = w.im;
  if (queued?.version) return;
  const tag = d.currentScript || d.querySelector('script[data-site][src$="im.js"]');
  const origin = new URL(tag.src).origin;
  const dark = w.matchMedia('(prefers-color-scheme: dark)');
  const heard = {};
  const policy = [];
  d.addEventListener('securitypolicyviolation', (event) => {
    if ((event.blockedURI + event.sourceFile).includes(origin)) policy.push(event.effectiveDirective);
  });
  let options, frame, ready, waiting, memory, releases, stop, ownTitle, hostTitle, full;

  function post(...message) {
    if (ready) frame.contentWindow.postMessage(message, origin);
    else waiting?.push(message);
  }

  function emit(name, detail) {
    heard[name]?.forEach((listener) => listener(detail));
    d.dispatchEvent(new CustomEvent('im:' + name, { detail }));
  }

  function stored() {
    const prefix = `im:${options.site}:`;
    try {
      const kept = Object.entries(localStorage);
      memory = {};
      for (const [key, value] of kept) if (key.startsWith(prefix)) memory[key.slice(prefix.length)] = value;
    } catch {}
    return memory;
  }

  function title(count) {
    if (d.title !== ownTitle) hostTitle = d.title;
    ownTitle = count ? `(${count}) ${hostTitle}` : hostTitle;
    if (d.title !== ownTitle) d.title = ownTitle;
  }

  function fit() {
    const view = full && w.visualViewport;
    frame.style.height = view ? view.height + 'px' : '100%';
    frame.style.top = (view ? view.offsetTop : 0) + 'px';
  }

  const serve = {
    emit,
    set(key, value) {
      memory[key] = value;
      try {
        const name = `im:${options.site}:${key}`;
        if (value == null) localStorage.removeItem(name);
        else localStorage.setItem(name, value);
        return true;
      } catch {}
    },
    lock: (name) => new Promise((granted) => {
      const wait = new AbortController();
      releases[name] = () => wait.abort();
      navigator.locks.request(`im:${options.site}:${name}`, { signal: wait.signal }, () => {
        granted(true);
        return new Promise((release) => { releases[name] = release; });
      }).catch(() => granted(false));
    }),
    unlock(name) {
      releases[name]?.();
      delete releases[name];
    },
    locks: () => navigator.locks.query(),
    async token() {
      if (options.tokenUrl) {
        const answer = await fetch(options.tokenUrl, { cache: 'no-store' });
        if (!answer.ok) throw 0;
        options.token = await answer.text();
      }
      return options.token;
    },
    shape(clip, whole) {
      full = whole;
      frame.style.clipPath = clip;
      fit();
    },
    unread(count) {
      title(count);
      emit('unread', count);
    },
    host: (verb, ...rest) => import(origin + '/host.js').then((module) => module[verb](post, ...rest)),
  };

  async function hear(event) {
    if (event.origin !== origin || event.source !== frame?.contentWindow) return;
    const [id, verb, ...rest] = event.data;
    let value;
    try {
      value = await serve[verb](...rest);
    } catch {}
    post('answer', id, value);
  }

  function variables() {
    const style = getComputedStyle(d.documentElement);
    return 'accent accent-ink surface ink radius font'.split(' ').map((name) => ['--im-' + name, style.getPropertyValue('--im-' + name)]);
  }

  function place() {
    frame = d.createElement('iframe');
    frame.title = 'Messenger';
    frame.allow = 'autoplay;camera;clipboard-write;microphone';
    frame.style.cssText = 'all:initial;position:fixed;inset:0;width:100%;height:100%;border:0;color-scheme:light;clip-path:inset(100%);z-index:'
      + (options.zIndex || 2147483000);
    frame.onload = () => {
      Object.keys(releases).forEach(serve.unlock);
      ready = true;
      post('init', {
        ...options, locale: options.locale || d.documentElement.lang,
        dark: dark.matches, focus: d.hasFocus(), locks: !!navigator.locks, stored: stored(), variables: variables(),
      });
      waiting.splice(0).forEach((message) => post(...message));
    };
    frame.src = `${origin}/frame?site=${encodeURIComponent(options.site)}`;
    d.documentElement.append(frame);
    seek();
  }

  const seeker = new MutationObserver(() => {
    seeker.disconnect();
    setTimeout(seek, 99);
  });

  function seek() {
    if (!stop) return;
    if (options.room || d.querySelector('[data-im-user],[data-im-unread],[data-im-room]')) {
      import(origin + '/hooks.js').then((module) => module.dress(im, stop.signal, options.room));
    } else seeker.observe(d, { subtree: true, childList: true });
  }

  function listen(signal) {
    const on = (target, name, react) => target.addEventListener(name, react, { signal });
    on(w, 'message', hear);
    on(w, 'focus', () => post('focus', true));
    on(w, 'blur', () => post('focus', false));
    on(w, 'pagehide', () => Object.keys(releases).forEach(serve.unlock));
    on(w, 'pageshow', (event) => event.persisted && post('kept', stored()));
    on(w, 'storage', (event) => {
      const [, site, ...key] = (event.key || '').split(':');
      if (site === options.site) post('stored', key.join(':'), event.newValue);
    });
    on(dark, 'change', () => post('dark', dark.matches));
    on(w.visualViewport, 'resize', fit);
  }

  const commands = {
    boot(wanted) {
      commands.destroy();
      options = wanted;
      waiting = [];
      memory = {};
      releases = {};
      stop = new AbortController();
      listen(stop.signal);
      if (d.readyState === 'loading') d.addEventListener('DOMContentLoaded', place, { once: true, signal: stop.signal });
      else place();
    },
    identify({ token }) {
      options.token = token;
      post('identify', token);
    },
    doctor: (how) => new Promise((done) => {
      heard.doctor = [done];
      post('doctor', { ...how, policy });
      setTimeout(done, 9e3, { error: 'no answer', policy });
    }),
    on: (name, listener) => { (heard[name] ||= new Set()).add(listener); },
    off: (name, listener) => heard[name]?.delete(listener),
    destroy() {
      if (!stop) return;
      Object.keys(releases).forEach(serve.unlock);
      stop.abort();
      seeker.disconnect();
      title(0);
      frame?.remove();
      stop = frame = ready = waiting = 0;
    },
  };

  const im = w.im = (name, ...rest) => (commands[name] ? commands[name](...rest) : post(name, ...rest));
  im.version = 1;
  if (tag.dataset.site) im('boot', { ...tag.dataset });
  queued?.q?.forEach((call) => im(...call));
})(window, document);
