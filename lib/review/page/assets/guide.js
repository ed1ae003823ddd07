// The guide: Markdown beside the set, as elements. Only text nodes are made of it, so no markup in it is ever run.

import { element } from './grid.js';

// render fills box with headings, lists, paragraphs, **bold**, *italic*, `code` and pictures of photos of the set.
export function render(box, text, app) {
  box.replaceChildren();
  if (!text.trim()) {
    box.append(element('p', { textContent: 'There is no guide yet. Write what each class is, and what to do with occluded or ambiguous photos, '
      + 'into guide.md in the folder of the set; or pin example photos here.' }));
    return;
  }
  let list = null;
  for (const block of text.split(/\n/)) {
    const heading = /^(#{1,4})\s+(.*)/.exec(block), item = /^\s*[-*]\s+(.*)/.exec(block);
    if (list && !item && /^\s+\S/.test(block)) { // goes on with the item above
      list.lastElementChild.append(' ');
      inline(list.lastElementChild, block.trim(), app);
      continue;
    }
    if (!item) list = null;
    if (heading) box.append(inline(element('h' + (heading[1].length + 1), {}), heading[2], app));
    else if (item) {
      if (!list) box.append(list = element('ul', {}));
      list.append(inline(element('li', {}), item[1], app));
    } else if (block.trim()) {
      const last = box.lastElementChild, joined = last && last.tagName === 'P' && last.dataset.open;
      const p = joined ? last : box.appendChild(element('p', {}));
      if (joined) p.append(' ');
      p.dataset.open = 'yes';
      inline(p, block, app);
    } else if (box.lastElementChild) delete box.lastElementChild.dataset.open;
  }
}

function inline(parent, text, app) {
  for (const part of text.split(/(!\[[^\]]*\]\(<[^>]*>\)|!\[[^\]]*\]\([^)\s]*\)|\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`)/)) {
    const picture = /^!\[([^\]]*)\]\(<?(.*?)>?\)$/.exec(part);
    if (picture) parent.append(photo(picture[1], picture[2], app));
    else if (/^\*\*.+\*\*$/.test(part)) parent.append(element('strong', { textContent: part.slice(2, -2) }));
    else if (/^\*.+\*$/.test(part)) parent.append(element('em', { textContent: part.slice(1, -1) }));
    else if (/^`.+`$/.test(part)) parent.append(element('code', { textContent: part.slice(1, -1) }));
    else parent.append(part);
  }
  return parent;
}

// photo is a picture of the set, which opens in the grid; other pictures stay text.
function photo(name, path, app) {
  let plain = path;
  try { plain = decodeURIComponent(path); } catch { /* it is no encoded path */ }
  const i = app.store.path.indexOf(plain);
  if (i < 0) return document.createTextNode(`[${name}: ${plain} is not in this set]`);
  return element('img', { className: 'pinned', src: app.thumb(i), alt: `example of ${name}`, title: plain });
}
