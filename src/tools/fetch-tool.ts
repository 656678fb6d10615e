// The tool that reads a URL. Nothing but the URL can be said: no method, no header, no body, no credential.
import * as z from 'zod/mini';
import { readUrl } from '../model/url.ts';
import { defineTool, KEEP_WORDS, type Tool } from './tool.ts';

export const FETCH_TOOL: Tool = {
  ...defineTool(
    'fetch',
    'Read a web page or other text by URL; its server learns the URL.',
    { url: z.string(), keep: z.optional(z.boolean().check(z.describe(KEEP_WORDS))) },
    ({ url, keep = false }, { workspace, root }) => {
      const read = readUrl(url);
      if (!read.ok) return { ok: false, error: `fetch: ${read.error}` };
      return { ok: true, action: { kind: 'fetch', workspace, root, url: read.url, ...(keep ? { keep: true as const } : {}) } };
    },
  ),
  needsNetwork: true,
};
