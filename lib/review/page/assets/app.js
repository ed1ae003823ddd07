// The page: what is in view, where the cursor is, what is selected, and what keys and buttons do.

import { Server, ask, post } from './server.js';
import { Store, orders } from './store.js';
import { Grid, element } from './grid.js';
import { Single, showCopies } from './single.js';
import { commands, commandOf, keyOfClass, ofCopies } from './commands.js';
import { render } from './guide.js';
import { dialog, field } from './dialog.js';

const $ = selector => document.querySelector(selector);

class App {
  view = []; cursor = 0; anchor = 0; selected = new Set();

  async start() {
    this.server = new Server(this);
    const set = await this.server.load();
    this.store = new Store(set);
    try { this.who = localStorage.getItem(this.whoKey()) || ''; } catch { this.who = ''; }
    this.grid = new Grid(this);
    this.single = new Single(this);
    $('#name').textContent = document.title = this.store.name;
    $('#finish').hidden = !this.store.frame;
    this.blind(this.store.pass);
    this.server.take(this.store.state);
    this.menus(this.store.only);
    this.listen();
    this.refresh();
    this.server.recover();
    this.server.watch();
  }

  // whoKey is where the browser keeps the name that a person typed. It includes the server's name, so that the typed name does
  // not count for a review that is started with another name.
  whoKey() { return 'who ' + this.store.who; }

  // blind makes the page that of a second pass: its photos alone, and nothing that tells what they were called.
  blind(pass) {
    if (!pass) return;
    $('#name').textContent = document.title = `${this.store.name}, second pass ${pass}`;
    $('#pass').hidden = false;
    for (const name of ['rename', 'pin']) $(`[data-command=${name}]`).hidden = true;
    this.filters = [['', 'all photos'], ['unlabelled', 'without a label'], ['ambiguous', 'ambiguous'], ['drop', 'dropped']];
  }

  menus(only) {
    $('#sort').replaceChildren(...orders.map(o => element('option', { value: o.value, textContent: o.text })));
    const words = this.store.filters().map(f => f[0]);
    this.filter = ['', 'class:', 'split:', 'tag:'].map(kind => kind + only).find(f => words.includes(f)) ?? only;
    $('#sort').value = only === 'suspects' ? 'suspicion' : only === 'duplicates' ? 'copies' : '';
    this.fillFilters();
  }

  fillFilters() {
    const options = this.filters ? [...this.filters] : this.store.filters();
    if (!options.some(o => o[0] === this.filter)) options.push([this.filter, this.filter]);
    const text = JSON.stringify(options);
    if (text === this.filterText) return;
    this.filterText = text;
    $('#show').replaceChildren(...options.map(([value, textContent]) => element('option', { value, textContent })));
    $('#show').value = this.filter;
  }

  listen() {
    document.addEventListener('keydown', e => this.key(e));
    document.addEventListener('click', e => {
      const button = e.target.closest('[data-command]');
      if (button) this.run(button.dataset.command);
    });
    $('#show').addEventListener('change', () => {
      this.filter = $('#show').value;
      if (this.filter === 'suspects') $('#sort').value = 'suspicion';
      this.refresh();
    });
    $('#sort').addEventListener('change', () => this.sort());
    $('#find').addEventListener('input', () => this.refresh(false));
    addEventListener('beforeunload', e => { if (this.server.queue.length) e.preventDefault(); });
  }

  // refresh filters and sorts anew. Between two of them photos keep their places, whatever is decided about them.
  refresh(focus = true) {
    this.fillFilters();
    this.view = this.store.view(this.filter, $('#sort').value, $('#find').value);
    this.cursor = this.anchor = 0;
    this.selected.clear();
    if (!$('#compare').hidden) this.swap('#scroll'); // the copies may not be in this view
    $('#empty').hidden = this.view.length > 0;
    this.grid.scroll.scrollTop = 0;
    this.grid.layout();
    this.draw(focus && !this.single.open);
    if (this.single.open && !this.view.length) this.run('back');
  }

  // sort sorts anew, by brightness when that is known.
  async sort() {
    if ($('#sort').value === 'bright' && this.store.size) {
      try { this.store.brightness = await (await ask('api/brightness')).json(); } catch (error) { this.problem(error.message); }
    }
    this.refresh();
  }

  photo() { return this.view[this.cursor]; }
  thumb(i) { return `thumb/${i}/${this.store.hash(i)}`; }
  large(i) { return `photo/${i}/${this.store.hash(i)}`; }

  // targets are the photos that a key is about: those selected, or else that of the cursor.
  targets() {
    if (this.selected.size) return this.view.filter(i => this.selected.has(i));
    return this.view.length ? [this.photo()] : [];
  }

  describe(i) {
    const s = this.store, row = s.rows[i], words = [row.label || 'no label'];
    if (s.guess[i] && s.guess[i] !== row.label) words.push(`guess ${s.guess[i]}${s.score[i] ? ` ${Math.round(100 * s.score[i])} %` : ''}`);
    if (row.state) words.push({ keep: 'confirmed', drop: 'dropped' }[row.state] || row.state);
    words.push(...row.tags);
    if (!row.seen) words.push('not yet seen');
    if (s.found.reason[i]) words.push(s.found.reason[i]);
    return `${words.join(', ')} · ${s.path[i]}`;
  }

  badges(row) {
    const marks = { keep: '✓', ambiguous: '?', drop: '✕' };
    return [marks[row.state], ...row.tags.map(t => t.slice(0, 4))].filter(Boolean).join(' ');
  }

  // choose moves the cursor to a place and selects as a click does.
  choose(at, { range = false, toggle = false, show = true } = {}) {
    const i = this.view[at];
    if (range) this.range(this.anchor, at);
    else if (toggle) this.selected.has(i) ? this.selected.delete(i) : this.selected.add(i);
    else this.selected.clear();
    if (!range) this.anchor = at;
    this.cursor = at;
    this.draw(show);
  }

  range(from, to) {
    this.selected = new Set(this.view.slice(Math.min(from, to), Math.max(from, to) + 1));
  }

  move(by, shift = false) {
    if (!this.view.length) return;
    const at = Math.min(this.view.length - 1, Math.max(0, this.cursor + by));
    if (shift) this.range(this.anchor, at);
    else { this.anchor = at; this.selected.clear(); }
    const left = this.photo();
    this.cursor = at;
    if (this.single.open && !this.store.rows[left].seen) this.decide({ kind: 'seen', after: '' }, [left]);
    this.draw();
  }

  // decide takes a change up at once and has it saved.
  decide(change, photos = this.targets()) { this.decideAll([{ ...change, photos }]); }

  decideAll(changes) {
    changes = changes.filter(c => c.photos.length);
    if (!changes.length) return;
    const before = { label: r => r.label, state: r => r.state };
    for (const c of changes) {
      c.before = c.photos.map(i => c.kind === 'untag' ? c.tag : c.kind === 'keep' ? '' : (before[c.kind] || (() => ''))(this.store.rows[i]));
      for (const i of c.photos) this.store.put(i, Store.after(this.store.rows[i], c));
    }
    this.server.send('api/decide', { decisions: changes });
  }

  // done goes on after a decision: from one photo to the next. Several leave the screen as it is, so that the rest of it can
  // be confirmed.
  done(photos, words) {
    this.say(`${words}${photos.length > 1 ? `: ${photos.length} photos` : ''}`);
    if (!this.selected.size) return this.move(1);
    this.cursor = this.anchor = Math.max(...photos.map(i => this.view.indexOf(i)));
    this.selected.clear();
    this.draw();
  }

  label(name) {
    if (!name) return;
    const photos = this.targets();
    this.decide({ kind: 'label', after: name }, photos);
    this.done(photos, name);
  }

  // state puts photos into a state, or takes them out of it if all are in it.
  state(name, words) {
    const photos = this.targets(), off = photos.every(i => this.store.rows[i].state === name);
    this.decide({ kind: 'state', after: off ? '' : name, why: off ? '' : words }, photos);
    this.done(photos, off ? 'not ' + words : words);
  }

  tag(name) {
    if (!name) return;
    const photos = this.targets(), off = photos.every(i => this.store.rows[i].tags.includes(name));
    this.decide(off ? { kind: 'untag', after: '', tag: name } : { kind: 'tag', after: name }, photos);
    this.say(off ? 'not ' + name : name); // and stays, since a tag is rarely all that is said of a photo
    this.draw(false);
  }

  // confirm says that photos are right: as they are labelled, or, without a label or where `guesses` is true, as they are
  // guessed. A guess is not taken where a person has decided already.
  confirm(photos, guesses) {
    const s = this.store, byGuess = new Map();
    photos = photos.filter(i => !['drop', 'ambiguous'].includes(s.rows[i].state));
    for (const i of photos) {
      const { label } = s.rows[i], guess = s.guess[i];
      if (!guess || guess === label || label && !(guesses && s.open(i))) continue;
      byGuess.set(guess, [...(byGuess.get(guess) || []), i]);
    }
    const changes = [...byGuess].map(([after, list]) => ({ kind: 'label', after, why: 'guess confirmed', photos: list }));
    const named = photos.filter(i => (s.rows[i].label || byGuess.get(s.guess[i])?.includes(i)) && s.rows[i].state !== 'keep');
    this.decideAll([...changes, { kind: 'state', after: 'keep', photos: named }]);
  }

  confirmScreen(guesses) {
    const some = this.selected.size > 0;
    if (this.single.open && !some) return this.confirmOne(guesses);
    const photos = some ? this.targets() : this.grid.onScreen();
    if (!photos.length) return;
    this.confirm(photos, guesses);
    const last = this.view.indexOf(photos[photos.length - 1]);
    this.say(`confirmed: ${photos.length} photos`);
    this.selected.clear();
    this.cursor = this.anchor = Math.min(this.view.length - 1, last + 1);
    this.grid.scroll.scrollTop = Math.floor(this.cursor / this.grid.columns) * this.grid.pitch();
    this.draw();
  }

  confirmOne(guesses) {
    const photos = this.targets();
    this.confirm(photos, guesses);
    this.done(photos, 'confirmed');
  }

  key(e) {
    if ($('#dialog').open || e.defaultPrevented) return;
    if (e.target.matches('input, select, textarea')) {
      if (e.key === 'Escape' || e.key === 'Enter' && e.target.matches('input')) { e.preventDefault(); this.grid.show(); }
      return;
    }
    if (e.target.matches('button, a') && (e.key === 'Enter' || e.key === ' ')) return;
    if (!$('#compare').hidden && /^\d$/.test(e.key)) {
      e.preventDefault();
      return this.keep(e.key === '0' ? -1 : this.group[e.key - 1]);
    }
    const { command, number } = commandOf(e);
    if (!command && !(number < this.store.classes.length) || this.refuses(command)) return;
    e.preventDefault();
    if (command) this.run(command, e.shiftKey); else this.label(this.store.classes[number]);
  }

  // refuses says what to do first where copies are side by side and a command, or a class, is about photos of the grid.
  refuses(command) {
    if ($('#compare').hidden || ofCopies.includes(command)) return false;
    this.say('First choose which copy stays, or go back to the grid.');
    return true;
  }

  run(command, shift = false) {
    if (this.refuses(command)) return;
    const columns = this.single.open ? 1 : this.grid.columns, [top, bottom] = this.grid.screen();
    const screen = columns * Math.max(1, bottom - top + 1);
    const actions = {
      left: () => this.move(-1, shift), right: () => this.move(1, shift),
      up: () => this.move(-columns, shift), down: () => this.move(columns, shift),
      previous: () => this.move(-1), next: () => this.move(1),
      pageup: () => this.move(-screen, shift), pagedown: () => this.move(screen, shift),
      first: () => this.move(-this.cursor, shift), last: () => this.move(this.view.length, shift),
      all: () => { this.selected = new Set(this.view); this.draw(); this.say(`${this.view.length} photos selected`); },
      toggle: () => this.choose(this.cursor, { toggle: true }),
      open: () => this.single.open ? this.run('back') : this.open(),
      back: () => this.back(),
      confirm: () => this.confirmScreen(false), accept: () => this.confirmScreen(true),
      guess: () => this.confirmOne(true), good: () => this.confirmOne(false),
      ambiguous: () => this.state('ambiguous', 'ambiguous'), drop: () => this.state('drop', 'dropped'),
      occluded: () => this.tag('occluded'), truncated: () => this.tag('truncated'),
      tag: () => this.askTag(), label: () => this.askLabel(), rename: () => this.askRename(),
      undo: () => this.server.send('api/undo', {}), redo: () => this.server.send('api/undo', { redo: true }),
      doubtful: () => this.nextDoubtful(), compare: () => this.compare(), refresh: () => this.refresh(),
      find: () => $('#find').focus(), zoom: () => this.single.open && this.single.toggle(),
      smaller: () => this.resize(0.8), larger: () => this.resize(1.25),
      keepall: () => this.keep(-1),
      guide: () => this.guide(), pin: () => this.pin(), help: () => this.help(),
      finish: () => this.server.finish(),
    };
    actions[command]?.();
  }

  open() {
    if (!this.view.length) return;
    this.swap('#single');
    this.single.show(this.photo());
    this.draw(false);
  }

  back() {
    if (this.grid.scroll.hidden) { this.swap('#scroll'); this.grid.layout(); } else this.selected.clear();
    this.draw();
  }

  swap(shown) { for (const id of ['#scroll', '#single', '#compare']) $(id).hidden = id !== shown; }

  resize(by) {
    if (this.single.open) return this.single.zoom(by);
    this.grid.side = Math.min(400, Math.max(60, this.grid.side * by));
    this.grid.layout();
    this.grid.show();
  }

  nextDoubtful() {
    const at = this.view.findIndex((i, n) => n > this.cursor && this.store.doubtful(i));
    if (at < 0) this.say('No guess below differs from its label.'); else this.move(at - this.cursor);
  }

  compare() {
    const root = this.view.length ? this.store.copies(this.photo()) : -1;
    if (root < 0) return this.say('This photo has no copies. Run `imagelab dedup` to find copies.');
    this.group = Object.keys(this.store.group).map(Number).filter(i => this.store.copies(i) === root);
    this.swap('#compare');
    showCopies(this, this.group, i => this.keep(i));
    $('#copies button').focus();
  }

  // keep leaves out all copies but one; -1 keeps all of them.
  keep(chosen) {
    if (chosen === undefined) return;
    const same = i => chosen >= 0 && this.store.hash(i) === this.store.hash(chosen); // the same bytes: what is decided is about both
    const others = this.group.filter(i => i !== chosen && !same(i));
    if (chosen < 0) this.decideAll([{ kind: 'state', after: 'keep', why: 'no copy', photos: others }]);
    else {
      this.decideAll([{ kind: 'keep', after: '', photos: [chosen] }, { kind: 'state', after: 'keep', photos: [chosen] },
        { kind: 'state', after: 'drop', why: 'copy of ' + this.store.path[chosen], photos: others }]);
    }
    this.back();
    this.say(chosen < 0 ? 'Marked as no copies. Run `imagelab dedup` again, and all of them take part, but for those with the same pixels.' : others.length ? `${others.length} dropped` : 'The files are the same: dedup keeps one of them.');
  }

  async askLabel() {
    const photos = this.targets();
    if (!photos.length) return;
    const these = photos.length === 1 ? 'this photo' : `these ${photos.length} photos`;
    const name = await dialog(`Class of ${these}`, [field('name', 'A class, or the name of a new one', this.store.classes)]);
    if (name?.name) this.label(name.name);
    this.draw();
  }

  async askTag() {
    const answer = await dialog('Tag', [field('tag', 'A tag, or the name of a new one', this.store.tags())]);
    this.tag(answer?.tag);
    this.draw();
  }

  async askRename() {
    if (this.store.pass) return;
    const now = this.view.length ? this.store.rows[this.photo()].label : '';
    const answer = await dialog('Rename or merge classes', [field('from', 'This class', this.store.classes, now),
      field('to', 'gets this name. Photos of a class that has the name already are joined with it', this.store.classes)]);
    if (answer?.from && answer.to && answer.from !== answer.to) {
      const merge = this.store.counts.get(answer.to) > 0;
      this.store.classes = this.store.classes.map(c => c === answer.from ? answer.to : c).filter((c, n, all) => all.indexOf(c) === n);
      const kind = merge ? 'merge-class' : 'rename-class';
      this.server.send('api/decide', { decisions: [{ kind, before: [answer.from], after: answer.to }] });
    }
    this.draw();
  }

  help() {
    const keys = k => k.replace(' ', 'Space').replace('Ctrl+Z', 'Ctrl+Shift+Z');
    const rows = commands.map(c => {
      const p = element('p', {});
      p.append(...c.keys.map(k => element('kbd', { textContent: keys(k) })), ' ' + c.text);
      return p;
    });
    const who = this.store.pass ? '' : field('who', 'Your name in the log of decisions', [], this.who || this.store.who, false);
    dialog('Keys', [...rows, element('p', { textContent: 'Shift with the arrows selects a range.' }), who]).then(answer => {
      if (!answer?.who) return;
      this.who = answer.who === this.store.who ? '' : answer.who;
      try {
        if (this.who) localStorage.setItem(this.whoKey(), this.who);
        else localStorage.removeItem(this.whoKey());
      } catch { /* a frame may not keep it */ }
    });
  }

  async guide() {
    const panel = $('#guide');
    panel.hidden = !panel.hidden;
    $('[data-command=guide]').setAttribute('aria-expanded', !panel.hidden);
    if (!panel.hidden) await this.showGuide(ask('api/guide'));
    this.grid.layout();
  }

  pin() { if (this.view.length && !this.store.pass) this.showGuide(post('api/pin', { set: this.server.set, photo: this.photo() })); }

  async showGuide(answer) {
    try { render($('#guidetext'), await (await answer).text(), this); } catch (error) { this.problem(error.message); }
  }

  newRows({ rows, classes }, unsaved) {
    if (!rows.length && classes.length === this.store.classes.length) return;
    if (!unsaved.size) this.store.classes = classes;
    this.store.take(rows, unsaved);
    if (this.filterText) { this.fillFilters(); this.draw(false); }
  }

  newGuesses(guesses) {
    if (guesses.error) return this.say('No guesses: ' + guesses.error);
    this.store.takeGuesses(guesses);
    if (!this.filterText) return;
    this.say('The guesses have changed. r sorts anew.');
    this.draw(false);
  }

  // draw shows where the cursor is. In the single view that is the photo that the next key is about.
  draw(focus = true) {
    if (this.single.open) this.view.length && this.single.photo !== this.photo() ? this.single.show(this.photo()) : this.single.caption();
    else focus && $('#compare').hidden ? this.grid.show() : this.grid.repaint();
    this.legend();
  }

  legend() {
    const s = this.store, row = this.view.length ? s.rows[this.photo()] : { tags: [] };
    const state = name => [s.marked('state:' + name), row.state === name], tag = name => [s.marked('tag:' + name), row.tags.includes(name)];
    const marks = [['ambiguous', 'a', ...state('ambiguous')], ['drop', 'd', ...state('drop')],
      ['occluded', 'o', ...tag('occluded')], ['truncated', 't', ...tag('truncated')], ['tag', '.', '', false],
      ['good', 'k', ...state('keep')], ['confirm', 'c', '', false], ['guess', 'g', '', false], ['open', '⏎', '', this.single.open]];
    if (this.view.length && s.copies(this.photo()) >= 0) marks.push(['compare', 'v', '', false]);
    const words = { good: 'right', confirm: 'screen is right', guess: 'take the guess', open: 'one photo', tag: 'tag…', compare: 'copies side by side' };
    const shown = s.pass ? marks.filter(([name]) => !['good', 'confirm', 'guess'].includes(name)) : marks;
    fill($('#marks'), shown.map(([name, key, n, on]) => ({ key, text: words[name] || name, n, on, run: () => this.run(name) })));
    fill($('#classes'), s.classes.map((name, n) => (
      { key: keyOfClass(n), text: name, n: s.counts.get(name) || 0, on: row.label === name, run: () => this.refuses() || this.label(name) })));
    const n = this.selected.size, at = this.view.length ? this.cursor + 1 : 0;
    $('#progress').textContent = `${n ? `${n} selected · ` : ''}${at} of ${this.view.length} · seen ${s.marked('seen')} of ${s.size} · without label ${s.counts.get('') || 0}`;
  }

  // say tells what happened, for a moment; a screen reader reads it.
  say(text) {
    $('#live').textContent = text;
    clearTimeout(this.said);
    this.said = setTimeout(() => { $('#live').textContent = ''; }, 4000);
  }

  // problem shows what is wrong, or nothing. One that stays is taken away by one that stays alone.
  problem(text, stays = false) {
    if (this.stays && !stays) return;
    this.stays = stays && !!text;
    write($('#problem'), text);
    $('#problem').hidden = !text;
  }
}

// fill keeps a list of buttons as it should be, without making them anew, so that none loses the focus.
function fill(box, items) {
  while (box.children.length > items.length) box.lastElementChild.remove();
  items.forEach((item, n) => {
    let button = box.children[n];
    if (!button) {
      button = element('button', {});
      button.append(element('kbd', {}), element('span', { className: 'text' }), element('span', { className: 'count' }));
      button.addEventListener('click', () => button.run());
      box.append(button);
    }
    button.run = item.run;
    button.setAttribute('aria-pressed', item.on);
    [item.key, item.text, item.n].forEach((text, c) => write(button.children[c], text));
  });
}

// write sets a text where it is another one: what is written costs the browser a layout.
function write(node, text) { if (node.textContent !== String(text)) node.textContent = text; }

const app = new App();
app.start().catch(error => app.problem('The page could not be opened: ' + error.message));
