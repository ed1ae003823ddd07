// The keys: one table for the handler, the legend and the help.

// commands are what the page can do: name, keys, and words for the help.
export const commands = [
  { name: 'left', keys: ['ArrowLeft'], text: 'previous photo' },
  { name: 'right', keys: ['ArrowRight'], text: 'next photo' },
  { name: 'up', keys: ['ArrowUp'], text: 'a row up' },
  { name: 'down', keys: ['ArrowDown'], text: 'a row down' },
  { name: 'pageup', keys: ['PageUp'], text: 'a screen up' },
  { name: 'pagedown', keys: ['PageDown'], text: 'a screen down' },
  { name: 'first', keys: ['Home'], text: 'first photo' },
  { name: 'last', keys: ['End'], text: 'last photo' },
  { name: 'all', keys: ['Ctrl+a'], text: 'select all photos in the view' },
  { name: 'toggle', keys: [' '], text: 'select or unselect this photo' },
  { name: 'open', keys: ['Enter'], text: 'one photo; Enter again goes back' },
  { name: 'back', keys: ['Escape'], text: 'back; unselect' },
  { name: 'confirm', keys: ['c'], text: 'right: the photos selected, or else all on the screen, and go on' },
  { name: 'accept', keys: ['C'], text: 'take the guess: for the photos selected, or else all on the screen, and go on' },
  { name: 'guess', keys: ['g'], text: 'take the guess for this photo' },
  { name: 'good', keys: ['k'], text: 'right: this photo' },
  { name: 'ambiguous', keys: ['a'], text: 'ambiguous' },
  { name: 'drop', keys: ['d', 'Delete'], text: 'drop: leave out of the set' },
  { name: 'occluded', keys: ['o'], text: 'occluded' },
  { name: 'truncated', keys: ['t'], text: 'truncated' },
  { name: 'tag', keys: ['.'], text: 'another tag' },
  { name: 'label', keys: ['l', 'n'], text: 'other or new class' },
  { name: 'undo', keys: ['u', 'Ctrl+z'], text: 'undo' },
  { name: 'redo', keys: ['U', 'Ctrl+y', 'Ctrl+Z'], text: 'redo' },
  { name: 'doubtful', keys: ['j'], text: 'next photo whose guess differs from its label' },
  { name: 'compare', keys: ['v'], text: 'copies of this photo side by side' },
  { name: 'refresh', keys: ['r'], text: 'filter and sort anew' },
  { name: 'find', keys: ['/'], text: 'find by path' },
  { name: 'zoom', keys: ['z'], text: 'zoom' },
  { name: 'smaller', keys: ['-'], text: 'smaller photos' },
  { name: 'larger', keys: ['+', '='], text: 'larger photos' },
  { name: 'guide', keys: ['G'], text: 'the guide' },
  { name: 'help', keys: ['?'], text: 'all keys' },
];

// ofCopies are the commands that work while copies are side by side: the photos of the grid are out of sight then.
export const ofCopies = ['back', 'keepall', 'undo', 'redo', 'help', 'guide', 'finish'];

// classKeys are the keys of the classes. No command has one of them.
const classKeys = '1234567890qweyipfhsxbm';

// keyOfClass is the key of the n-th class, or "" where there are more classes than keys.
export function keyOfClass(n) { return classKeys[n] || ''; }

// commandOf finds what a key press stands for: a command, or the number of a class.
export function commandOf(event) {
  const ctrl = event.ctrlKey || event.metaKey;
  if (event.altKey) return {};
  const key = ctrl ? 'Ctrl+' + event.key : event.key;
  const command = commands.find(c => c.keys.includes(key));
  if (command) return { command: command.name };
  const n = ctrl ? -1 : classKeys.indexOf(event.key);
  return n < 0 || event.key.length !== 1 ? {} : { number: n };
}
