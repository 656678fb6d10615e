// Stands where the console would be, in a checkout that never built it.

export const UNBUILT_HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ProWorkBench</title>
<link rel="stylesheet" href="/pwb.css">
<main>
<h1>The console isn't built</h1>
<p>Run <code>npm run build</code> in the checkout and start again. The command line and the API work without it.</p>
</main>
</html>
`;
