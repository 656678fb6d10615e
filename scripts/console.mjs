// Builds the console into a folder with Vite, and packs beside each file what a browser would rather take packed.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'vite';
import { ROOT } from './root.mjs';

const PACKED = /\.(js|css|html|svg)$/;
const LEAST = 1024; // bytes: less isn't worth a file

/** @param {string} folder what is in it goes */
export async function buildConsole(folder) {
  await build({ configFile: join(ROOT, 'console/vite.config.mjs'), logLevel: 'warn', clearScreen: false, build: { outDir: folder, emptyOutDir: true } });
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !PACKED.test(entry.name)) continue;
    const bytes = readFileSync(file);
    if (bytes.length >= LEAST) writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  }
}
