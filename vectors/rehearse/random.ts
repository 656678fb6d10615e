// Random small trees and random scripts of changes, for: rehearsing and landing a script leaves the same world as
// running it. Few names, so that changes meet each other.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

const name = fc.constantFrom('a', 'b', 'c', 'd');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const mode = fc.constantFrom('600', '644', '755', '700');
const DEEP = Array.from({ length: 20 }, () => 'e').join('/');
/** Both long ago, so that a time that was kept can be told from a new one. */
const time = fc.constantFrom('2001-02-03', '2002-03-04');
/** A folder stays open to its owner: root outside isn't held back by modes, root inside is. */
const modeLine = (at: string, bits: string): string => `if [ -L ${at} ]; then :; elif [ -d ${at} ]; then chmod u+rwx,g=,o= ${at}; elif [ -f ${at} ]; then chmod ${bits} ${at}; fi`;
/** A second name for a file. */
const tie = (from: string, to: string): string => `[ -f ${from} ] && [ ! -L ${from} ] && ln ${from} ${to}`;
/**
 * Not into itself: what that leaves depends on the order in which the system lists names. readlink(1) is only asked about
 * what the kernel can resolve: on some circles of links it never ends.
 */
const copy = (how: string, from: string, to: string): string =>
  `if [ -L ${from} ]; then ${how} ${from} ${to}; elif [ -e ${from} ] && [ -e "$(dirname ${to})" ] && { [ -e ${to} ] || [ ! -L ${to} ]; }; then case "$(readlink -f ${to})/" in "$(readlink -f ${from})/"*) ;; *) ${how} ${from} ${to} ;; esac; fi`;
const word = fc.constantFrom('one', 'two', '');

export const START = fc.array(
  fc.oneof(
    fc.tuple(path, word).map(([at, text]) => `mkdir -p "$(dirname ${at})" && printf '%s' '${text}' > ${at}`),
    fc.tuple(path, path).map(([at, to]) => `mkdir -p "$(dirname ${at})" && ln -s ${to} ${at}`),
    path.map((at) => `mkdir -p ${at}`),
    fc.tuple(path, path).map(([from, to]) => `mkdir -p "$(dirname ${to})" && ${tie(from, to)}`),
    path.map((at) => `mkdir -p "$(dirname ${at})" && truncate -s 300000 ${at}`),
    fc.tuple(path, mode).map(([at, bits]) => modeLine(at, bits)),
  ),
  { maxLength: 12 },
);

export const SCRIPT = fc.array(
  fc.oneof(
    fc.tuple(path, word).map(([at, text]) => `printf '%s' '${text}' > ${at}`),
    fc.tuple(path, word).map(([at, text]) => `printf '%s' '${text}' >> ${at}`),
    path.map((at) => `rm -rf ${at}`),
    path.map((at) => `rm -rf ${at}; mkdir -p ${at}`),
    path.map((at) => `mkdir -p ${at}`),
    fc.tuple(path, path).map(([from, to]) => `mv ${from} ${to}`),
    fc.tuple(path, path).map(([from, to]) => `mv -T ${from} ${to}`),
    fc.tuple(path, path).map(([from, to]) => copy('cp -a', from, to)),
    fc.tuple(path, path).map(([to, at]) => `ln -sfn ${to} ${at}`),
    fc.tuple(path, path).map(([to, at]) => `ln -sf ${to} ${at}`),
    fc.tuple(path, path).map(([from, to]) => tie(from, to)),
    fc.tuple(path, path).map(([from, to]) => copy('cp -al', from, to)),
    // As a program does that has no other way when the system refuses; it says so.
    fc.tuple(path, path).map(([from, to]) => `perl -e 'rename("${from}", "${to}") or print "$!\\n"'`),
    fc.tuple(path, path).map(([from, to]) => `perl -e 'rename("${from}", "x") && rename("${to}", "${from}") && rename("x", "${to}") or print "$!\\n"'`),
    path.map((at) => `mv ${at} x && mkdir ${at} && mv x ${at}/a || mv x ${at}`),
    path.map((at) => `cat ${at} > x && mv x ${at}`),
    path.map((at) => `[ -d ${at} ] && mkdir -p ${at}/${DEEP} && echo deep > ${at}/${DEEP}/f && mv ${at}/e ${at}/a`),
    path.map((at) => `truncate -s 200000 ${at}; printf end >> ${at}`),
    fc.tuple(path, mode).map(([at, bits]) => modeLine(at, bits)),
    fc.tuple(path, time).map(([at, day]) => `touch -ch -d ${day} ${at}`),
  ),
  { minLength: 1, maxLength: 8 },
);

const OLD = Date.parse('2010-01-01');

/** Makes the start in an empty folder, all of it long ago. */
export function makeTree(folder: string, start: readonly string[]): void {
  execFileSync('/bin/sh', ['-c', [...start, 'find . -exec touch -h -d 2003-04-05 {} +'].join('\n')], { cwd: folder, stdio: 'ignore' });
}

/** Types, modes, content, what links lead to, and times that are from long ago (new ones differ from run to run; a folder's follow from what is done in it). */
export function shapeOf(folder: string, at = ''): readonly string[] {
  return readdirSync(join(folder, at)).toSorted().flatMap((entry) => {
    const inner = join(at, entry);
    const stat = lstatSync(join(folder, inner));
    const age = stat.mtimeMs < OLD ? stat.mtime.toISOString() : 'new';
    if (stat.isSymbolicLink()) return [`${inner} link ${readlinkSync(join(folder, inner))} ${age}`];
    if (stat.isDirectory()) return [`${inner} folder ${stat.mode.toString(8)}`, ...shapeOf(folder, inner)];
    return [`${inner} file ${stat.mode.toString(8)} ${age} ${contentOf(join(folder, inner))}`];
  });
}

/** Short enough to be read where a test fails. */
function contentOf(file: string): string {
  const text = readFileSync(file, 'utf8');
  return text.length < 200 ? text : `${text.length} ${createHash('sha256').update(text).digest('hex')}`;
}
