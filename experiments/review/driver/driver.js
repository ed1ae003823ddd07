// What a person does on the page, by keys and clicks; a stroke is a key, a click, or a choice in a menu (two).
window.strokes = 0;
window.wait = async test => { while (!test()) await new Promise(done => setTimeout(done, 20)); };
window.saved = () => Object.keys(sessionStorage).every(k => !k.startsWith('unsaved'));
window.press = key => { strokes++; (document.activeElement || document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })); };
window.choose = (menu, value) => { menu.value = value; menu.dispatchEvent(new Event('change')); };
window.pick = (id, value) => { strokes += 2; choose(document.querySelector(id), value); };
window.keyOf = name => [...document.querySelectorAll('#classes button')].find(b => b.children[1].textContent === name)?.children[0].textContent;

// tiles are the photos that can be seen whole, as the page shows them.
window.tiles = () => {
  const box = document.querySelector('#scroll').getBoundingClientRect();
  return [...document.querySelectorAll('.cell')].filter(c => { const r = c.getBoundingClientRect(); return r.top >= box.top - 1 && r.bottom <= box.bottom + 1; })
    .map(c => ({ at: +c.dataset.at, file: c.title.split('\n')[0].split('/').pop(), keep: c.classList.contains('keep'),
      guess: (c.querySelector('.guess')?.textContent || '').trim().replace(/\?$/, ''),
      label: [...c.querySelector('.name').childNodes].filter(n => n.nodeType === 3).map(n => n.textContent).join('').replace('—', '') }));
};

// typed gives a class that has no key yet.
window.typed = async name => {
  press('l');
  await wait(() => document.querySelector('#dialog').open);
  const input = document.querySelector('#fields input');
  input.value = name;
  strokes += name.length + 1;
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  await wait(() => keyOf(name));
};
window.give = async name => keyOf(name) ? press(keyOf(name)) : typed(name);

// screens goes from screen to screen: what is wrong first, photos of one correction together; then one key for the rest.
window.screens = async (truth, most = 1e9) => {
  for (let n = 0; n < most; n++) {
    const list = tiles(), corrections = new Map();
    if (!list.length) return;
    for (const p of list) {
      const want = truth[p.file];
      if (p.keep || (p.label || p.guess) === want) continue;
      const how = p.guess === want ? 'g' : 'class ' + want;
      corrections.set(how, [...(corrections.get(how) || []), p.at]);
    }
    for (const [how, places] of corrections) {
      for (const at of places) {
        const cell = document.querySelector(`.cell[data-at="${at}"]`);
        if (places.length === 1 && cell.classList.contains('here')) continue;
        strokes++;
        cell.dispatchEvent(new PointerEvent('click', { bubbles: true, ctrlKey: places.length > 1 }));
      }
      if (how === 'g') press('g'); else await give(how.slice(6));
    }
    press('c');
    await new Promise(done => setTimeout(done, 300));
    const after = tiles();
    if (!after.length || after.every(p => p.at <= list[list.length - 1].at)) return;
  }
};

// clean corrects a set that has labels: suspects first, then the rest by class.
window.clean = async truth => {
  choose(document.querySelector('#show'), 'suspects'); // as imagelab review --only suspects does
  press('-'); press('-');
  await screens(truth);
  pick('#show', 'unseen'); pick('#sort', 'class');
  await screens(truth);
  await wait(saved);
  return strokes;
};

// fromNothing labels a flat folder: the first ones one at a time, then what is guessed, screen by screen.
window.fromNothing = async (truth, first) => {
  for (let n = 0; n < first; n++) await give(truth[tiles().find(p => document.querySelector('.cell.here').dataset.at == p.at).file]);
  await wait(() => saved() && document.querySelectorAll('.guess').length > 5);
  press('-'); press('-');
  pick('#show', 'unlabelled'); pick('#sort', 'guess');
  while (tiles().length) {
    await screens(truth, 2);
    await wait(saved);
    await new Promise(done => setTimeout(done, 1500)); // new guesses come while a person looks
    press('r');
    await new Promise(done => setTimeout(done, 100));
  }
  return strokes;
};

// timed presses a key again and again: ms until the photo at the cursor is shown, and, of decisions, until they are saved.
window.timed = async (key, times) => {
  const shown = [], kept = [];
  for (let n = 0; n < times; n++) {
    performance.clearResourceTimings();
    const begin = performance.now();
    press(key);
    const img = document.querySelector('#single').hidden ? document.querySelector('.cell.here img') : document.querySelector('#large');
    await img.decode().catch(() => {});
    await new Promise(requestAnimationFrame);
    await new Promise(done => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); });
    shown.push(performance.now() - begin);
    await new Promise(done => setTimeout(done, 150));
    const sent = performance.getEntriesByType('resource').find(e => /api\/(decide|undo)/.test(e.name));
    if (sent) kept.push(sent.responseEnd - begin);
  }
  return JSON.stringify({ shown, kept });
};
