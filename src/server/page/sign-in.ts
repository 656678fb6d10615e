// The sign-in page: takes the code from the link's fragment, which no server, history sync or Referer ever gets,
// wipes it from the address bar, and hands it over once.

export const SIGN_IN_HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in – ProWorkBench</title>
<link rel="stylesheet" href="/pwb.css">
<script src="/sign-in.js" defer></script>
<main>
<h1>ProWorkBench</h1>
<p id="words" role="status">This workbench opens with a sign-in link. Run <code>pwb start</code> in a terminal: it prints one.</p>
<p id="hint" class="quiet"></p>
</main>
</html>
`;

export const SIGN_IN_SCRIPT = `'use strict';
// Runs on the sign-in page only; elsewhere the same page just says that a link is needed.
const words = document.getElementById('words');
const hint = document.getElementById('hint');

async function signIn(code) {
  words.textContent = 'Signing in…';
  const answer = await fetch('/api/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
  if (answer.ok) return void location.replace('/');
  const { error } = await answer.json();
  words.textContent = error.words;
  hint.textContent = 'Next: ' + error.hint;
}

if (location.pathname === '/sign-in' && location.hash.length > 1) {
  const code = location.hash.slice(1);
  history.replaceState(null, '', '/sign-in');
  signIn(code).catch(() => { words.textContent = 'The workbench does not answer. Is it still running?'; });
}
`;
