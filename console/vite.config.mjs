// How the console's files are made: hashed names, no inline script or style, no polyfill that would add one.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The room that opens first: its files are fetched beside the entry, and not after it. */
const FIRST = '/rooms/work/work.tsx';

const preload = {
  name: 'preload-first-room',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle = {} }) {
      const chunks = Object.values(bundle).filter((one) => one.type === 'chunk');
      const room = chunks.find((one) => one.facadeModuleId?.endsWith(FIRST));
      if (room === undefined) return [];
      const wanted = new Set([room.fileName]);
      for (const name of wanted) for (const next of bundle[name]?.imports ?? []) wanted.add(next);
      const styles = [...(room.viteMetadata?.importedCss ?? [])].map((name) => ({ tag: 'link', attrs: { rel: 'stylesheet', crossorigin: true, href: `/${name}` }, injectTo: 'head' }));
      return [...[...wanted].map((name) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${name}` }, injectTo: 'head' })), ...styles].filter(({ attrs }) => !html.includes(attrs.href));
    },
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), preload],
  build: {
    target: 'es2023',
    outDir: '../dist/console',
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: false,
    rolldownOptions: {
      output: {
        // Icons and small parts that several rooms share go together: thirty files of 200 bytes each wait for one another.
        codeSplitting: { groups: [{ name: 'parts', test: /lucide-react|console\/src\/parts\/(?!diff|markdown|prose)|console\/src\/api\//, minShareCount: 2 }] },
      },
    },
  },
});
