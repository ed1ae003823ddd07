// One photo, which can be zoomed and moved, and copies side by side.

import { element, explain } from './grid.js';

export class Single {
  constructor(app) {
    this.app = app;
    this.section = document.querySelector('#single');
    this.stage = document.querySelector('#stage');
    this.img = document.querySelector('#large');
    this.note = document.querySelector('#broken');
    this.ready = new Map(); // photos fetched ahead
    this.fingers = new Map();
    this.stage.addEventListener('wheel', e => { e.preventDefault(); this.zoom(e.deltaY < 0 ? 1.25 : 0.8, e); }, { passive: false });
    this.stage.addEventListener('pointerdown', e => { this.start = e; this.fingers.set(e.pointerId, e); this.stage.setPointerCapture(e.pointerId); });
    this.stage.addEventListener('pointermove', e => this.move(e));
    for (const end of ['pointerup', 'pointercancel']) this.stage.addEventListener(end, e => this.lift(e));
    this.stage.addEventListener('dblclick', e => this.toggle(e));
  }

  get open() { return !this.section.hidden; }

  // show shows photo i: its thumbnail at once, and then, mostly from what was fetched ahead, the photo itself.
  show(i) {
    this.photo = i;
    this.scale = 1; this.x = this.y = 0;
    this.note.hidden = true;
    this.img.hidden = false;
    const large = this.fetch(i);
    const done = large.complete && large.naturalWidth > 0;
    this.img.src = done ? large.src : this.app.thumb(i);
    if (!done) this.load(i);
    this.place();
    this.caption();
    for (const n of [1, 2, -1]) {
      const next = this.app.view[this.app.cursor + n];
      if (next !== undefined) this.fetch(next);
    }
  }

  caption() {
    document.querySelector('#caption').textContent = this.app.describe(this.photo);
    this.img.alt = this.app.store.path[this.photo];
  }

  // load shows photo i itself when it is there.
  load(i, again = false) {
    const large = this.fetch(i);
    large.decode().then(() => { if (this.photo === i) this.img.src = large.src; }, () => this.explain(i, again));
  }

  // fetch fetches photo i, once. One that failed is fetched anew: perhaps the server was away.
  fetch(i) {
    let img = this.ready.get(i);
    if (!img || img.complete && !img.naturalWidth) {
      this.ready.delete(i);
      img = new Image();
      img.src = this.app.large(i);
      this.ready.set(i, img);
      if (this.ready.size > 12) this.ready.delete(this.ready.keys().next().value);
    }
    return img;
  }

  // explain says why photo i is not shown. Where the server has it now, it is loaded again, but only once.
  async explain(i, again) {
    let text = 'This photo cannot be drawn.';
    try {
      const answer = await fetch(this.app.large(i));
      if (!answer.ok) text = await answer.text();
      else if (!again && this.photo === i) return this.load(i, true);
    } catch { text = 'There is no connection.'; }
    if (this.photo !== i) return;
    this.img.hidden = true;
    this.note.hidden = false;
    this.note.textContent = text;
  }

  zoom(by, at) {
    const box = this.stage.getBoundingClientRect();
    const px = at ? at.clientX - box.x - box.width / 2 : 0, py = at ? at.clientY - box.y - box.height / 2 : 0;
    const scale = Math.min(16, Math.max(1, this.scale * by)), grown = scale / this.scale;
    this.x = scale === 1 ? 0 : px - (px - this.x) * grown;
    this.y = scale === 1 ? 0 : py - (py - this.y) * grown;
    this.scale = scale;
    const full = this.app.large(this.photo) + '?full';
    if (scale > 1.5 && !this.img.src.endsWith('?full')) {
      const i = this.photo, img = new Image();
      img.src = full;
      img.decode().then(() => { if (this.photo === i) this.img.src = img.src; }, () => {});
    }
    this.place();
  }

  toggle(e) { this.zoom(this.scale > 1 ? 1 / 16 : 3, e); }

  place() { this.img.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`; }

  move(e) {
    const before = this.fingers.get(e.pointerId);
    if (!before) return;
    if (this.fingers.size === 2) {
      const other = [...this.fingers.values()].find(f => f.pointerId !== e.pointerId);
      const far = f => Math.hypot(f.clientX - other.clientX, f.clientY - other.clientY) || 1;
      this.zoom(far(e) / far(before), e);
    } else if (this.scale > 1) {
      this.x += e.clientX - before.clientX;
      this.y += e.clientY - before.clientY;
      this.place();
    }
    this.fingers.set(e.pointerId, e);
  }

  // lift ends a touch; a swipe on a photo that is not zoomed goes on to the next one.
  lift(e) {
    if (!this.fingers.delete(e.pointerId)) return;
    if (this.scale === 1 && e.type === 'pointerup' && e.pointerType === 'touch') this.swiped(e);
  }

  swiped(e) {
    const way = e.clientX - this.start.clientX;
    if (Math.abs(way) > 60) this.app.run(way < 0 ? 'next' : 'previous');
  }
}

// showCopies fills the view of copies; choose is called with the photo that stays.
export function showCopies(app, photos, choose) {
  const box = document.querySelector('#copies');
  box.replaceChildren(...photos.map((i, n) => {
    const figure = element('figure', {}), frame = element('div', { className: 'frame' });
    const img = element('img', { alt: app.store.path[i] });
    img.addEventListener('error', () => explain(img, frame));
    img.src = app.large(i);
    frame.append(img);
    const { label, state } = app.store.rows[i], decided = { keep: ', confirmed', drop: ', dropped' }[state] || '';
    const text = `${label || 'no label'}${decided}, ${app.store.width[i]} × ${app.store.height[i]} pixels · ${app.store.path[i]}`;
    const button = element('button', { textContent: `Keep this one (${n + 1})` });
    button.addEventListener('click', () => choose(i));
    figure.append(frame, element('figcaption', { textContent: text }), button);
    return figure;
  }));
}
