// A dialog with a few fields.

import { element } from './grid.js';

// field is a line to type in, with suggestions.
export function field(name, text, suggestions, value = '', required = true) {
  const label = element('label', { textContent: text }), list = element('datalist', { id: 'list-' + name });
  list.append(...suggestions.map(s => element('option', { value: s })));
  const input = element('input', { name, value, required, maxLength: 200, autocomplete: 'off' });
  input.setAttribute('list', list.id);
  label.append(input, list);
  return label;
}

// dialog asks, and returns what was typed by the names of the fields, or null.
export function dialog(question, parts) {
  const box = document.querySelector('#dialog'), form = box.querySelector('form');
  document.querySelector('#question').textContent = question;
  document.querySelector('#fields').replaceChildren(...parts);
  box.returnValue = '';
  box.showModal();
  (box.querySelector('input[required]') || document.querySelector('#ok')).focus();
  const enter = e => {
    if (e.key !== 'Enter' || e.target.tagName !== 'INPUT') return;
    e.preventDefault();
    if (form.reportValidity()) box.close('ok');
  };
  form.addEventListener('keydown', enter);
  return new Promise(done => box.addEventListener('close', () => {
    form.removeEventListener('keydown', enter);
    const entries = [...form.querySelectorAll('input')].map(input => [input.name, input.value.trim()]);
    done(box.returnValue === 'ok' ? Object.fromEntries(entries) : null);
  }, { once: true }));
}
