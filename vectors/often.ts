// How often a random case is played: so often that it finds what is plainly broken in the everyday run, and many times
// that in a campaign (`npm run slow -- random`).

/** @param everyday how often in the everyday run. */
export const often = (everyday: number): { readonly numRuns: number } => ({ numRuns: everyday * Number(process.env['PWB_OFTEN'] ?? 1) });
