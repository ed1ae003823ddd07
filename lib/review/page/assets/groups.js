// The page of groups: what was proposed, with photos, and a button that accepts it.

import { ask, post } from './server.js';
import { element } from './grid.js';

const $ = id => document.getElementById(id);

function problem(text) {
  $('problem').textContent = text;
  $('problem').hidden = !text;
}

const points = x => (100 * x).toFixed(1);

// strip is a row of photos of one group.
function strip(tiles) {
  const row = element('div', { className: 'strip' });
  for (const t of tiles) row.append(element('img', { src: `thumb/${t.i}/${t.hash}`, alt: t.path, title: t.path, loading: 'lazy' }));
  return row;
}

function card(p, news) {
  const box = element('section', { className: 'proposal' });
  box.append(element('h2', { textContent: p.name }), element('p', { textContent: `${p.text}: ${p.groups} groups with ${p.photos} photos, ${p.largest} in the largest.` }));
  if (p.inflation || p.interval.some(x => x)) {
    box.append(element('p', { textContent: `Results are too good by about ${points(p.inflation)} points where these groups are torn (95 % interval ${points(p.interval[0])} to ${points(p.interval[1])}).` }));
  }
  for (const tiles of p.strips || []) box.append(strip(tiles));
  const button = element('button', { textContent: p.accepted ? 'Accepted' : 'Accept ' + p.name, disabled: p.accepted });
  button.dataset.accept = p.name;
  button.addEventListener('click', () => accept(p.name, news));
  box.append(button);
  if (p.accepted) box.append(element('p', { className: 'next', textContent: `Next: imagelab split ${news.dir}${news.split ? ' --redo' : ''}` }));
  return box;
}

function show(news) {
  document.title = $('name').textContent = 'Groups of ' + news.name;
  for (const old of document.querySelectorAll('.proposal')) old.remove();
  for (const p of news.proposals) $('proposals').append(card(p, news));
  if (!news.proposals.length) {
    $('proposals').append(element('section', { className: 'proposal', textContent: `Nothing is proposed for the photos as they are now. Run: imagelab groups ${news.dir}` }));
  }
}

async function accept(name, news) {
  try {
    show(await (await post('api/groups', { set: news.set, name })).json());
    problem('');
    $('live').textContent = name + ' is kept with the set.';
    document.querySelector(`[data-accept]`)?.focus();
  } catch (error) { problem('Not accepted: ' + error.message); }
}

try { show(await (await ask('api/groups')).json()); } catch (error) { problem(error.message); }
