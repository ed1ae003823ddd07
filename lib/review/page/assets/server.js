// Talking to the server: what changed, and decisions, which are sent one after the other until they are saved.

const second = 1000;

export class Server {
  constructor(app) {
    this.app = app;
    this.queue = [];     // requests not saved yet, oldest first
    this.version = 0;
    this.guesses = 0;
    this.saving = null;  // the run of save that is under way
  }

  async load() {
    const set = await (await ask('api/set')).json();
    this.set = set.now.set;
    return set;
  }

  // unsaved are the photos whose decisions the server has not heard of.
  unsaved() { return new Set(this.queue.flatMap(r => (r.decisions || []).flatMap(d => d.photos || []))); }

  // send saves a request: decide or undo. It is tried again until the server answers, always with the same id, by which the
  // server knows a request that it has carried out although the page did not hear of it.
  send(path, request) {
    this.queue.push({ path, id: newID(), ...request });
    this.keep();
    return this.flush();
  }

  // flush saves what is in the queue. Where that is under way already, it waits for its end.
  flush() { return this.saving ||= this.save().finally(() => { this.saving = null; }); }

  async save() {
    while (this.queue.length) {
      const { path, ...request } = this.queue[0];
      let news;
      try {
        const body = { set: this.set, who: this.app.who, since: this.version, ...request };
        news = await (await post(path + '?guesses=' + this.guesses, body)).json();
      } catch (error) {
        if (error.refused) this.queue.shift(); // and the server tells what is in force
        if (error.refused) this.version = 0;
        this.keep();
        this.app.problem((error.refused ? 'Not saved: ' : 'Not saved yet, it is tried again: ') + error.message, error.refused);
        return;
      }
      this.queue.shift();
      this.keep();
      this.app.problem('', true);
      this.take(news);
    }
  }

  // finish ends the page of a notebook when all is saved. Where that fails, the page goes on and says why.
  async finish() {
    await this.flush();
    if (this.queue.length) return;
    try { await post('api/done', { set: this.set }); } catch (error) { return this.app.problem('Not ended: ' + error.message, true); }
    this.over = true;
    document.body.replaceChildren('Done. The cell goes on; all decisions are kept.');
  }

  // keep writes what is not saved yet where this tab finds it when it is loaded again.
  keep() {
    try {
      if (this.queue.length) sessionStorage.setItem('unsaved ' + this.set, JSON.stringify(this.queue));
      else sessionStorage.removeItem('unsaved ' + this.set);
    } catch { /* no room, or not allowed in a frame: the queue is in memory */ }
  }

  // recover takes up what an earlier page could not save.
  recover() {
    try { this.queue = JSON.parse(sessionStorage.getItem('unsaved ' + this.set) || '[]'); } catch { this.queue = []; }
    return this.flush();
  }

  // take takes up what changed. The numbers of photos hold for one set, so news of another one are not for this page.
  take(news) {
    if (news.set !== this.set) return this.app.problem('The set was read anew: load this page again. This page saves nothing more.', true);
    this.version = news.version;
    if (news.guesses) {
      this.guesses = news.guesses.version;
      this.app.newGuesses(news.guesses);
    }
    if (news.aside) this.app.problem(`${news.aside} lines of review.jsonl cannot be read and do not count. They stay in the file.`);
    if (news.nothing) this.app.say('There is nothing to undo.');
    this.app.newRows(news, this.unsaved());
  }

  async poll() {
    let news;
    try {
      news = await (await ask(`api/state?since=${this.version}&guesses=${this.guesses}`)).json();
    } catch (error) {
      if (!this.over) this.app.problem('The server does not answer: ' + error.message + ' Start `imagelab review` again; nothing is lost.');
      return;
    }
    if (this.over) return;
    this.app.problem('');
    this.take(news);
    await this.flush();
  }

  // watch asks again and again for what other pages and programs decided. It is no open connection, since a
  // browser has only six to a server, for all of its pages together.
  async watch() {
    while (!this.over) {
      await new Promise(done => setTimeout(done, document.hidden ? 5 * second : second));
      if (this.saving || this.over) continue;
      try { await this.poll(); } catch (error) { this.app.problem('This page cannot show what changed: load it again. ' + error.message, true); }
    }
  }
}

// newID is 128 random bits. crypto.randomUUID would not do: a page that comes by http from another machine lacks it.
function newID() { return [...crypto.getRandomValues(new Uint32Array(4))].map(n => n.toString(16)).join('-'); }

// post sends an object.
export function post(path, object) {
  return ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(object) });
}

// ask fetches from the server. An error that the server will not take back says `refused`.
export async function ask(path, options) {
  let answer;
  try { answer = await fetch(path, options); } catch { throw new Error('there is no connection.'); }
  if (answer.ok) return answer;
  const error = new Error((await answer.text()).trim());
  error.refused = answer.status === 400 || answer.status === 409;
  throw error;
}
