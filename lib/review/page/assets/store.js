// The photos, what was decided about them, and which are in view.

export class Store {
  constructor({ photos, now }) {
    Object.assign(this, now);
    this.classes = now.state.classes; // in the order of their keys
    this.path = photos.path.split('\0');
    this.size = now.label.length;
    this.digits = photos.hash.length / (this.size || 1);
    this.hashes = photos.hash;
    this.width = photos.width;
    this.height = photos.height;
    this.sides = photos.sides;
    this.sideOf = photos.split;
    this.query = photos.query ? photos.query.split('\0') : null;
    this.group = photos.copies;
    this.guess = now.guess || {};
    this.score = now.score || {};
    this.found = { suspicion: now.suspicion || {}, reason: now.reason || {} };
    this.fill(now.label);
  }

  // fill makes the rows from the labels. Rows are replaced and never changed, so photos share theirs.
  fill(labels) {
    const row = label => ({ label, state: '', tags: [], seen: false }), none = row(''), named = this.classes.map(row);
    const counts = new Array(named.length).fill(0);
    this.rows = new Array(this.size);
    for (let i = 0; i < this.size; i++) {
      const n = labels[i];
      this.rows[i] = n < 0 ? none : named[n];
      if (n >= 0) counts[n]++;
    }
    this.counts = new Map(counts.map((count, n) => [this.classes[n], count]));
    this.counts.set('', this.size - counts.reduce((a, b) => a + b, 0));
  }

  hash(i) { return this.hashes.substr(i * this.digits, this.digits); }

  split(i) { return this.sides[this.sideOf ? this.sideOf[i] : 0]; }

  // copies is the number of the photo that is kept of the copies of photo i; -1: it has none.
  copies(i) { return this.group[i] ?? -1; }

  // take writes rows of the server, except those that are still to be saved.
  take(rows, unsaved) {
    for (const r of rows) {
      if (!unsaved.has(r.i)) this.put(r.i, { label: r.label, state: r.state || '', tags: r.tags || [], seen: !!r.seen, keep: !!r.keep, given: !!r.given });
    }
  }

  takeGuesses(g) {
    for (let i = 0; i < this.size; i++) {
      if (g.class[i]) [this.guess[i], this.score[i]] = [g.class[i], g.score[i]];
    }
  }

  put(i, row) {
    this.count(this.rows[i], -1);
    this.rows[i] = row;
    this.count(row, 1);
    if (row.label && !this.classes.includes(row.label)) this.classes.push(row.label); // a new one, typed here
  }

  count(row, by) {
    const key = row.label || '';
    this.counts.set(key, (this.counts.get(key) || 0) + by);
    for (const name of [row.state && 'state:' + row.state, row.seen && 'seen', ...row.tags.map(t => 'tag:' + t)]) {
      if (name) this.counts.set(' ' + name, (this.counts.get(' ' + name) || 0) + by);
    }
  }

  // marked is how many photos bear a state or a tag, such as "state:drop".
  marked(name) { return this.counts.get(' ' + name) || 0; }

  // doubtful says that the guess is another class than the label.
  doubtful(i) { return !!this.guess[i] && !!this.rows[i].label && this.guess[i] !== this.rows[i].label; }

  // open says that nobody has decided about the class of a photo.
  open(i) { const { state, given } = this.rows[i]; return state !== 'keep' && !given; }

  // after is the row of a photo after a change.
  static after(row, change) {
    const next = { ...row, seen: true };
    if (change.kind === 'label') { next.label = change.after; next.given = true; }
    if (change.kind === 'state') next.state = change.after;
    if (change.kind === 'tag' && !row.tags.includes(change.after)) next.tags = [...row.tags, change.after].sort();
    if (change.kind === 'untag') next.tags = row.tags.filter(t => t !== change.tag);
    if (change.kind === 'keep') next.keep = true;
    return next;
  }

  // filters lists what can be shown: [value, text].
  filters() {
    const list = [['', 'all photos'], ['unseen', 'not yet seen'], ['suspects', 'suspects'], ['duplicates', 'copies'],
      ['unlabelled', 'without a label'], ['differs', 'guess differs from label'], ['keep', 'confirmed'], ['ambiguous', 'ambiguous'], ['drop', 'dropped']];
    for (const name of this.classes) list.push(['class:' + name, name]);
    for (const side of ['train', 'val', 'test']) if (this.sides.includes(side)) list.push(['split:' + side, side + ' photos']);
    for (const name of this.tags()) list.push(['tag:' + name, 'tag ' + name]);
    for (const name of [...new Set(this.query || [])].sort()) if (name) list.push(['query:' + name, 'query ' + name]);
    return list;
  }

  // tags are the tags in use, with the usual ones.
  tags() {
    const names = [...this.counts].filter(([k, n]) => n > 0 && k.startsWith(' tag:')).map(([k]) => k.slice(5));
    return [...new Set(['occluded', 'truncated', ...names])];
  }

  // test is the test of a filter.
  test(filter) {
    const cut = filter.indexOf(':');
    const [kind, name] = cut < 0 ? [filter, ''] : [filter.slice(0, cut), filter.slice(cut + 1)];
    const tests = {
      '': () => true,
      unseen: i => !this.rows[i].seen,
      suspects: i => this.found.suspicion[i] > 0,
      duplicates: i => this.copies(i) >= 0,
      unlabelled: i => !this.rows[i].label,
      differs: i => this.doubtful(i),
      keep: i => this.rows[i].state === 'keep',
      ambiguous: i => this.rows[i].state === 'ambiguous',
      drop: i => this.rows[i].state === 'drop',
      class: i => this.rows[i].label === name,
      split: i => this.split(i) === name,
      tag: i => this.rows[i].tags.includes(name),
      query: i => this.query && this.query[i] === name,
    };
    return tests[kind] || tests[''];
  }

  // view lists the photos of a filter whose path holds a text, in an order.
  view(filter, sort, text) {
    const test = this.test(filter), part = text.toLowerCase();
    const list = [];
    for (let i = 0; i < this.size; i++) {
      if (test(i) && (!part || this.path[i].toLowerCase().includes(part))) list.push(i);
    }
    const by = orders.find(o => o.value === sort);
    if (!by || !by.key) return list;
    const keys = list.map(i => by.key(this, i));
    const at = list.map((_, n) => n);
    at.sort((a, b) => {
      for (let k = 0; k < keys[a].length; k++) if (keys[a][k] !== keys[b][k]) return keys[a][k] < keys[b][k] ? -1 : 1;
      return a - b;
    });
    return at.map(n => list[n]);
  }
}

// orders are the ways to sort; key gives what is compared, the least first.
export const orders = [
  { value: '', text: 'order of the set' },
  { value: 'suspicion', text: 'suspicion', key: (s, i) => [-(s.found.suspicion[i] || 0)] },
  { value: 'guess', text: 'guess', key: (s, i) => [s.guess[i] || s.rows[i].label || '\uffff', s.doubtful(i) ? 0 : 1, -(s.score[i] || 0)] },
  { value: 'doubt', text: 'confidence, least first', key: (s, i) => [s.score[i] || 2] },
  { value: 'class', text: 'class', key: (s, i) => [s.rows[i].label || '\uffff'] },
  { value: 'copies', text: 'group of copies', key: (s, i) => [s.copies(i) < 0 ? s.size : s.copies(i)] },
  { value: 'bright', text: 'brightness', key: (s, i) => [s.brightness?.[i] ?? -1] },
  { value: 'size', text: 'size', key: (s, i) => [s.width[i] * s.height[i]] },
  { value: 'split', text: 'side of the split', key: (s, i) => [s.split(i)] },
  { value: 'query', text: 'query', key: (s, i) => [s.query?.[i] || '\uffff'] },
  { value: 'tag', text: 'tag', key: (s, i) => [s.rows[i].tags.join() || '\uffff'] },
  { value: 'unseen', text: 'not yet seen first', key: (s, i) => [s.rows[i].seen ? 1 : 0] },
];
