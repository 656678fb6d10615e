// The small page that stands in for the console: what waits for the person, to be invoked or denied. It shows text
// as text nodes only, drawn by the server so that nothing hides.

export const DESK_HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ProWorkBench</title>
<link rel="stylesheet" href="/pwb.css">
<script src="/desk.js" defer></script>
<header><h1>What waits for you</h1><span><span id="version" class="quiet"></span> <button id="stop" type="button">Stop everything</button> <button id="out" type="button">Sign out</button></span></header>
<p id="words" role="alert"></p>
<main id="cards" aria-live="polite"></main>
<p><a href="/work">Drafts, history, services</a></p>
<p class="quiet">Ask from a terminal: <code>pwb ask "…"</code>. Everything is in the log: <code>pwb log</code>.</p>
</html>
`;

export const DESK_SCRIPT = `'use strict';
const cards = document.getElementById('cards');
const words = document.getElementById('words');

async function ask(method, path, body) {
  const answer = await fetch(path, { method, headers: body === undefined ? {} : { 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.status === 401) return void location.replace('/sign-in');
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error.words + ' Next: ' + value.error.hint + '.');
  return value;
}

function make(name, text, parts = []) {
  const element = document.createElement(name);
  if (text !== '') element.append(document.createTextNode(text));
  element.append(...parts);
  return element;
}

/** One try at a time; what went wrong is said at the top. */
async function attempt(button, work) {
  button.disabled = true;
  words.textContent = '';
  try {
    await work();
  } catch (error) {
    words.textContent = error.message;
  }
  button.disabled = false;
  await show();
}

/**
 * The server's text as boxes: what stands at the very left is the server's own and heads what is further in. Long lists
 * and many diffs are folded, and made when they are unfolded; nothing is left out.
 */
function draw(text) {
  const parts = [];
  for (const line of text.split('\\n')) {
    const last = parts.at(-1);
    if (line.startsWith('  ') && last !== undefined) last.lines.push(line.slice(2));
    else if (line !== '') parts.push({ heading: line, lines: [] });
  }
  // Behind the list of very many changes stand the diffs of those that no folder names.
  const listed = parts.findIndex(({ heading }) => /^all [\\d,]+ changes/.test(heading));
  const diffs = parts.filter(isDiff);
  const shown = new Set(diffs.slice(0, MOST_DIFFS).filter((part) => listed < 0 || parts.indexOf(part) < listed));
  const more = diffs.filter((part) => !shown.has(part));
  const rest = fold('diffs of ' + more.length + (shown.size > 0 ? ' more' : '') + (more.length === 1 ? ' file' : ' files'), () => more.map(box));
  return parts.flatMap((part) => (part === more[0] ? [rest] : isDiff(part) && !shown.has(part) ? [] : [box(part)]));
}

const MOST_LINES = 60;
const MOST_DIFFS = 20;

function isDiff({ heading }) {
  return heading.startsWith('diff of ');
}

function box(part) {
  const body = () => make('pre', '', [isDiff(part) ? diff(part.lines) : document.createTextNode(part.lines.join('\\n'))]);
  if (part.lines.length > MOST_LINES) return fold(part.heading + ' (' + part.lines.length + ' lines)', () => [body()]);
  const head = make('p', part.heading);
  if (part.heading.startsWith('!')) head.className = 'warning';
  return part.lines.length === 0 ? head : make('div', '', [head, body()]);
}

function fold(heading, parts) {
  const all = make('details', '', [make('summary', heading)]);
  if (heading.startsWith('!')) all.className = 'warning';
  all.addEventListener('toggle', () => all.append(...parts()), { once: true });
  return all;
}

/** Neighbours of one kind share an element. */
function diff(lines) {
  const all = document.createDocumentFragment();
  for (let at = 0; at < lines.length;) {
    const kind = lines[at][0];
    let end = at;
    while (end < lines.length && lines[end][0] === kind) end++;
    const piece = make('span', lines.slice(at, end).join('\\n') + (end < lines.length ? '\\n' : ''));
    piece.className = kind === '+' ? 'added' : kind === '-' ? 'removed' : kind === '@' ? 'quiet' : '';
    all.append(piece);
    at = end;
  }
  return all;
}

function form(id, seen, copies = false) {
  const yes = make('button', 'Invoke');
  const no = make('button', 'Deny');
  const why = make('input', '');
  yes.type = 'button';
  yes.className = 'yes';
  no.type = 'submit';
  why.placeholder = 'why not (the model hears it)';
  why.setAttribute('aria-label', 'Reason for denying');
  const all = make('form', '', seen === null ? [no, why] : [yes, no, why]);
  yes.addEventListener('click', () => attempt(yes, () => ask('POST', '/api/actions/' + id + '/invoke', { seen })));
  if (copies) {
    const copy = make('button', 'Rehearse in a full copy');
    copy.type = 'button';
    copy.addEventListener('click', () => attempt(copy, () => ask('POST', '/api/actions/' + id + '/copy', { seen })));
    yes.after(copy);
  }
  all.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(no, () => ask('POST', '/api/actions/' + id + '/deny', { why: why.value }));
  });
  return all;
}

// A card stays as it is while it waits: what the person reads, or types, isn't pulled away.
async function show() {
  const inbox = await ask('GET', '/api/inbox');
  if (inbox === undefined) return;
  const wanted = new Map();
  for (const { card, text, seen } of inbox.waiting) wanted.set(card.id + seen, () => [...draw(text), form(card.id, seen, card.action.kind === 'run' && card.action.access === 'write' && card.action.copy !== true)]);
  for (const { card, text, seen } of inbox.stranded) wanted.set(card.id + seen, () => [make('p', 'You said yes to this, and then what would carry it out was cut off or gave up. Say it once more, or take it back.'), ...draw(text), form(card.id, seen, false)]);
  for (const one of inbox.unreadable) wanted.set(one.id, () => [make('p', one.words), form(one.id, null)]);
  for (const one of inbox.unknown) wanted.set(one.id + '?', () => [make('p', 'Action ' + one.id + ' was cut off by a crash. ' + one.words)]);
  if (inbox.count > inbox.waiting.length + inbox.unreadable.length) wanted.set('more', () => [make('p', 'There is more: ' + inbox.count + ' wait altogether.')]);
  if (wanted.size === 0) wanted.set('none', () => [make('p', 'Nothing.')]);
  for (const there of [...cards.children]) if (!wanted.has(there.dataset.key)) there.remove();
  for (const [key, parts] of wanted) {
    let there = [...cards.children].find((one) => one.dataset.key === key);
    if (there === undefined) {
      there = make('section', '', parts());
      there.dataset.key = key;
      cards.append(there);
    }
  }
}

let waiting = false;
function showSoon() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => { waiting = false; show().catch(complain); }, 100);
}

function complain(error) {
  words.textContent = error.message;
}

document.getElementById('stop').addEventListener('click', (event) => attempt(event.target, () => ask('POST', '/api/stop', {})));
document.getElementById('out').addEventListener('click', (event) => attempt(event.target, async () => { await ask('POST', '/api/sign-out', {}); location.replace('/sign-in'); }));

const events = new EventSource('/api/events');
events.addEventListener('record', showSoon);
events.addEventListener('open', () => { words.textContent = ''; showSoon(); });
events.addEventListener('error', () => { words.textContent = 'The workbench does not answer just now.'; });
ask('GET', '/api/health').then((health) => { if (health !== undefined) document.getElementById('version').textContent = health.version; }).catch(complain);
show().catch(complain);
`;
