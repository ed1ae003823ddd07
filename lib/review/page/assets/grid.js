// The grid: as many thumbnails as fit. Only the rows in view are in the document, so 50,000 photos open at once.

const gap = 6, foot = 22; // pixels between tiles, and of the label below a photo

export class Grid {
  constructor(app) {
    this.app = app;
    this.scroll = document.querySelector('#scroll');
    this.grid = document.querySelector('#grid');
    this.rows = new Map(); // number of a row -> its element
    this.side = innerWidth < 760 ? 110 : 150; // of a tile, at least, pixels
    this.scroll.addEventListener('scroll', () => this.draw(), { passive: true });
    new ResizeObserver(() => this.width === this.scroll.clientWidth ? this.draw() : this.layout()).observe(this.scroll);
    this.grid.addEventListener('pointerdown', e => this.press(e));
    for (const end of ['pointerup', 'pointercancel']) this.grid.addEventListener(end, () => this.lift());
    this.grid.addEventListener('pointermove', e => this.drag(e));
    this.grid.addEventListener('touchmove', e => { if (this.dragging) e.preventDefault(); }, { passive: false }); // or the page scrolls
    this.grid.addEventListener('click', e => this.click(e));
    this.grid.addEventListener('dblclick', () => this.app.run('open'));
    this.grid.addEventListener('contextmenu', e => e.preventDefault());
  }

  // layout fits columns into the width and draws anew.
  layout() {
    const width = this.scroll.clientWidth - gap;
    if (width <= 0 || this.scroll.hidden) return;
    this.width = this.scroll.clientWidth; // tiles stay in the document where only the height changes: a finger may be on one
    const first = this.columns ? Math.floor(this.scroll.scrollTop / this.pitch()) * this.columns : 0;
    this.columns = Math.max(1, Math.floor(width / (this.side + gap)));
    this.tile = Math.floor(width / this.columns) - gap;
    this.grid.style.height = Math.ceil(this.app.view.length / this.columns) * this.pitch() + gap + 'px';
    this.grid.setAttribute('aria-colcount', this.columns);
    this.grid.setAttribute('aria-rowcount', Math.ceil(this.app.view.length / this.columns));
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.scroll.scrollTop = Math.floor(first / this.columns) * this.pitch();
    this.draw();
  }

  pitch() { return this.tile + foot + gap; }

  // screen is the first and the last row that can be seen whole.
  screen() {
    const first = Math.ceil((this.scroll.scrollTop - gap) / this.pitch());
    const last = Math.floor((this.scroll.scrollTop + this.scroll.clientHeight + 1) / this.pitch()) - 1;
    return [Math.max(0, first), Math.max(first, last)];
  }

  // onScreen lists the photos that can be seen whole.
  onScreen() {
    const [first, last] = this.screen();
    return this.app.view.slice(first * this.columns, (last + 1) * this.columns);
  }

  // draw puts the rows in view, one more at each end, and that of the cursor into the document.
  draw() {
    if (!this.columns) return;
    const [first, last] = this.screen();
    const all = Math.ceil(this.app.view.length / this.columns);
    const wanted = new Set([Math.floor(this.app.cursor / this.columns)]);
    for (let r = Math.max(0, first - 2); r <= Math.min(all - 1, last + 2); r++) wanted.add(r);
    for (const [r, row] of this.rows) {
      if (!wanted.has(r)) { row.remove(); this.rows.delete(r); }
    }
    for (const r of [...wanted].sort((a, b) => a - b)) {
      if (r >= 0 && r < all && !this.rows.has(r)) this.addRow(r);
    }
  }

  addRow(r) {
    const row = element('div', { className: 'row', role: 'row' });
    row.setAttribute('aria-rowindex', r + 1);
    row.style.top = gap + r * this.pitch() + 'px';
    this.rows.set(r, row);
    for (let c = 0; c < this.columns; c++) {
      const at = r * this.columns + c;
      if (at < this.app.view.length) row.append(this.cell(at, c));
    }
    const next = [...this.rows.keys()].filter(n => n > r).sort((a, b) => a - b)[0];
    this.grid.insertBefore(row, next === undefined ? null : this.rows.get(next));
  }

  cell(at, column) {
    const i = this.app.view[at], cell = element('div', { className: 'cell', role: 'gridcell' });
    cell.dataset.at = at;
    cell.setAttribute('aria-colindex', column + 1);
    cell.style.width = this.tile + 'px';
    cell.style.left = gap + column * (this.tile + gap) + 'px';
    const frame = element('div', { className: 'frame' });
    frame.style.height = this.tile + 'px';
    const img = element('img', { alt: '', draggable: false, decoding: 'async' });
    img.addEventListener('error', () => explain(img, frame));
    img.src = this.app.thumb(i);
    frame.append(img, element('span', { className: 'badges' }));
    cell.append(frame, element('div', { className: 'name' }));
    this.paint(cell);
    return cell;
  }

  // paint writes what is known of a photo onto its tile.
  paint(cell) {
    const at = Number(cell.dataset.at), i = this.app.view[at], row = this.app.store.rows[i];
    const chosen = this.app.selected.has(i), here = at === this.app.cursor;
    const doubt = this.app.store.doubtful(i) || !row.label && this.app.store.guess[i];
    const drawn = [i, chosen, here, row.label, row.state, row.tags, row.seen, this.app.store.guess[i]].join('\n');
    if (cell.drawn === drawn) return;
    cell.drawn = drawn;
    cell.className = ['cell', chosen && 'chosen', here && 'here', row.state, row.seen && 'seen', doubt && 'doubt'].filter(Boolean).join(' ');
    cell.tabIndex = here ? 0 : -1;
    cell.setAttribute('aria-selected', chosen);
    cell.setAttribute('aria-label', this.app.describe(i));
    cell.title = this.app.store.path[i] + (this.app.store.found.reason[i] ? '\n' + this.app.store.found.reason[i] : '');
    cell.querySelector('.badges').textContent = this.app.badges(row);
    const name = cell.querySelector('.name');
    name.textContent = row.label || (this.app.store.guess[i] ? '' : '—');
    if (doubt) name.append(element('span', { className: 'guess', textContent: ' ' + this.app.store.guess[i] + '?' }));
  }

  repaint() {
    for (const row of this.rows.values()) for (const cell of row.children) this.paint(cell);
  }

  // show scrolls to the cursor and gives it the focus.
  show(focus = true) {
    const r = Math.floor(this.app.cursor / this.columns), top = r * this.pitch(), height = this.scroll.clientHeight;
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    else if (top + this.pitch() + gap > this.scroll.scrollTop + height) this.scroll.scrollTop = top + this.pitch() + gap - height;
    this.draw();
    this.repaint();
    if (focus) this.cellAt(this.app.cursor)?.focus({ preventScroll: true });
  }

  cellAt(at) { return this.rows.get(Math.floor(at / this.columns))?.children[at % this.columns]; }

  atOf(e) { const cell = e.target.closest('.cell'); return cell ? Number(cell.dataset.at) : -1; }

  // press begins a long press: it selects a photo, or, where some are selected, the range up to it. A finger that then moves
  // selects the range that it passes over. Taps add and remove.
  press(e) {
    const at = this.atOf(e);
    this.long = false;
    this.lift();
    if (at < 0 || e.pointerType !== 'touch') return;
    this.from = e;
    this.held = setTimeout(() => {
      this.long = this.dragging = true;
      this.app.choose(at, { range: this.app.selected.size > 0, toggle: true });
      navigator.vibrate?.(10);
    }, 450);
  }

  // drag follows a finger; at the edges the grid scrolls on.
  drag(e) {
    if (e.pointerType !== 'touch') return;
    if (!this.dragging) {
      if (Math.hypot(e.clientX - this.from?.clientX, e.clientY - this.from?.clientY) > 10) clearTimeout(this.held); // it scrolls
      return;
    }
    const box = this.scroll.getBoundingClientRect(), edge = 40;
    if (e.clientY > box.bottom - edge) this.scroll.scrollTop += 12;
    if (e.clientY < box.top + edge) this.scroll.scrollTop -= 12;
    const cell = document.elementFromPoint(e.clientX, e.clientY)?.closest('.cell');
    if (cell && Number(cell.dataset.at) !== this.app.cursor) this.app.choose(Number(cell.dataset.at), { range: true, show: false });
  }

  lift() {
    clearTimeout(this.held);
    this.dragging = false;
  }

  click(e) {
    const at = this.atOf(e);
    if (at < 0 || this.long) return;
    const touch = e.pointerType === 'touch';
    this.app.choose(at, { range: e.shiftKey, toggle: e.ctrlKey || e.metaKey || touch && this.app.selected.size > 0 });
  }
}

// explain puts the server's reason onto the tile of a photo that cannot be drawn. Where the server has the photo now, it is
// loaded again, but only once.
export async function explain(img, frame) {
  img.hidden = true;
  frame.classList.add('broken');
  const note = element('span', { className: 'reason', textContent: 'This photo cannot be drawn.' });
  frame.append(note);
  try {
    const answer = await fetch(img.src);
    if (!answer.ok) note.textContent = (await answer.text()).slice(0, 200);
    else if (!img.again) {
      img.again = true;
      note.remove();
      frame.classList.remove('broken');
      img.hidden = false;
      img.src = img.src;
    }
  } catch { note.textContent = 'There is no connection.'; }
}

export function element(tag, properties) { return Object.assign(document.createElement(tag), properties); }
