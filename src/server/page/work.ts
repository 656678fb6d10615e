// A second small page, beside what waits: drafts to land or drop, what has landed and can be taken back, commands that
// stay, and the profile. It shows text as text nodes only.

export const WORK_HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Drafts, history, services – ProWorkBench</title>
<link rel="stylesheet" href="/pwb.css">
<script src="/work.js" defer></script>
<header><h1>Drafts, history, services</h1><span><a href="/">What waits for you</a> <label>Profile <select id="profile"><option>draft<option>step<option>strict</select></label></span></header>
<p id="words" role="alert"></p>
<main>
<h2>Drafts</h2><div id="drafts"></div>
<h2>Commands that stay</h2><div id="services"></div>
<h2>What has landed</h2>
<form id="asked"><label>Workspace <select id="workspace"></select></label><input id="path" aria-label="Path" placeholder="path, or nothing for all"><button>Show</button></form>
<div id="lines"></div><button id="more" type="button" hidden>Older</button>
</main>
</html>
`;

export const WORK_SCRIPT = `'use strict';
const at = (id) => document.getElementById(id);

async function ask(method, path, body) {
  const answer = await fetch(path, { method, headers: body === undefined ? {} : { 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.status === 401) return void location.replace('/sign-in');
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error.words + ' Next: ' + value.error.hint + '.');
  return value;
}

/** What could hide or turn the text around is spelled. Line ends and tabs stay: they are in what programs say only. */
function visible(text) {
  return text.replaceAll(/[^\\P{C}\\n\\t]|[\\p{Zl}\\p{Zp}]/gu, (one) => '‹U+' + one.codePointAt(0).toString(16).toUpperCase().padStart(4, '0') + '›');
}

function make(name, text, parts = []) {
  const element = document.createElement(name);
  element.append(visible(text), ...parts);
  return element;
}

function say(words) {
  at('words').textContent = words;
}

function complain(error) {
  say(error.message);
}

/** One try at a time. @param work gives words for the person, or nothing. */
function button(text, work) {
  const element = make('button', text);
  element.type = 'button';
  element.addEventListener('click', async () => {
    element.disabled = true;
    say('');
    try {
      say((await work()) ?? '');
    } catch (error) {
      complain(error);
    }
    element.disabled = false;
    show().catch(complain);
  });
  return element;
}

/** Made when it is unfolded. */
function fold(heading, fill) {
  const all = make('details', '', [make('summary', heading)]);
  all.addEventListener('toggle', () => fill().then((text) => all.append(make('pre', text))).catch(complain), { once: true });
  return all;
}

const WAITS = 'Proposed: what it needs your word for waits at “What waits for you”.';

function draftBox({ session, root, title, actions, effects }) {
  const path = '/api/drafts/' + session;
  const boxes = effects.changes.map((change) => {
    const box = make('input', '');
    box.type = 'checkbox';
    box.value = change.change === 'renamed' ? change.to : change.path;
    return { box, line: make('label', '', [box, ' ' + change.change + ' ' + JSON.stringify(change.path)]) };
  });
  const chosen = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  const some = (paths) => {
    if (paths.length === 0) throw new Error('No path is chosen.');
    return { paths };
  };
  const all = make('section', '', [
    make('p', title + ' – ' + actions.length + (actions.length === 1 ? ' action' : ' actions') + ' in ' + root + ' (session ' + session + ')'),
    make('div', '', boxes.flatMap(({ line }) => [line, make('br', '')])),
    fold('diff', () => ask('GET', path + '/diff').then(({ text }) => text)),
    button('Land all', async () => { await ask('POST', path + '/commit', {}); return WAITS; }),
    button('Land chosen', async () => { await ask('POST', path + '/commit', some(chosen())); return WAITS; }),
    button('Drop chosen', () => ask('POST', path + '/drop', some(chosen())).then(() => 'Dropped.')),
    button('Drop all', () => ask('POST', path + '/drop', { all: true }).then(() => 'Dropped.')),
  ]);
  all.dataset.key = session + actions.join() + JSON.stringify(effects.changes);
  return all;
}

function serviceBox({ id, argv, state, forwards }) {
  const port = make('input', '');
  port.type = 'number';
  port.setAttribute('aria-label', 'Port inside');
  port.placeholder = 'port inside';
  const all = make('section', '', [
    make('p', id + ' ' + state + ': ' + JSON.stringify(argv)),
    ...forwards.map((one) => make('p', 'port ' + one.port + ' at ' + one.url, [button('Close', () => ask('DELETE', '/api/services/' + id + '/ports/' + one.port).then(() => ''))])),
    fold('output', () => ask('GET', '/api/services/' + id).then(({ text }) => text)),
    button('Stop', () => ask('POST', '/api/services/' + id + '/stop', {}).then(() => 'Stopped.')),
    make('span', ' ', [port, button('Open port', () => ask('POST', '/api/services/' + id + '/ports', { port: Number(port.value) }).then(({ url }) => 'It is at ' + url))]),
  ]);
  all.dataset.key = id + state + JSON.stringify(forwards);
  return all;
}

/** What stays as it was isn't pulled away from who reads it. */
function place(where, boxes) {
  const there = new Map([...where.children].map((one) => [one.dataset.key, one]));
  where.replaceChildren(...boxes.map((box) => there.get(box.dataset.key) ?? box));
  if (boxes.length === 0) where.append(make('p', 'None.'));
}

async function show() {
  const holding = await ask('GET', '/api/profile');
  if (holding === undefined) return;
  at('profile').value = holding.profile;
  const { drafts } = await ask('GET', '/api/drafts');
  const boxes = drafts.map((one) => ask('GET', '/api/drafts/' + one.session).then((draft) => draftBox({ ...draft, actions: one.actions }), (error) => make('p', one.title + ': ' + error.message)));
  place(at('drafts'), await Promise.all(boxes));
  place(at('services'), (await ask('GET', '/api/services')).services.map(serviceBox));
}

let next = null;
async function landed(more) {
  const path = at('path').value;
  const { lines, next: after } = await ask('GET', '/api/history?workspace=' + at('workspace').value + (path === '' ? '' : '&path=' + encodeURIComponent(path)) + (more && next !== null ? '&from=' + next : ''));
  next = after;
  at('more').hidden = next === null;
  const made = lines.map((line) => {
    const state = line.undone !== null ? 'undone by ' + line.undone : line.pruned ? 'no longer kept' : '';
    const words = line.at.slice(0, 19).replace('T', ' ') + ' ' + (line.op === 'undo' ? 'undone' : line.change) + ' ' + JSON.stringify(line.path) + ' by the ' + line.by + ' (' + line.action + ') ' + state;
    return make('p', words, state !== '' ? [] : [button('Undo', () => ask('POST', '/api/undo', { id: line.landing }).then(() => WAITS))]);
  });
  if (!more) at('lines').replaceChildren();
  at('lines').append(...made);
}

at('profile').addEventListener('change', () => ask('POST', '/api/profile', { profile: at('profile').value }).then(() => show(), complain).catch(complain));
at('asked').addEventListener('submit', (event) => {
  event.preventDefault();
  landed(false).catch(complain);
});
at('more').addEventListener('click', () => landed(true).catch(complain));

const CHANGES = ['action.ended', 'draft.dropped', 'service.ended', 'config.changed'];
let waiting = false;
const events = new EventSource('/api/events');
events.addEventListener('record', ({ data }) => {
  if (waiting || !CHANGES.includes(JSON.parse(data).body.type)) return;
  waiting = true;
  setTimeout(() => { waiting = false; show().catch(complain); }, 1000);
});
ask('GET', '/api/workspaces').then((all) => {
  if (all === undefined) return;
  for (const { id, root } of all.workspaces) {
    const option = make('option', root);
    option.value = id;
    at('workspace').append(option);
  }
  if (all.workspaces.length > 0) return landed(false);
}).catch(complain);
show().catch(complain);
`;
