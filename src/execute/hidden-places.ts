// Places in a workspace where a name says less of a secret, because others gave it: the folders of packages, where keys
// and certificates are those of tests and of public authorities, and a repository's references, which are named by branches.
// There some of the built-in patterns don't count. Those for files such as `.env`, and a person's own, count everywhere.

/** Where an entry is. */
export type Place = 'own' | 'packages' | 'repository' | 'references';

/** Folded. */
const PACKAGES = new Set(['node_modules', 'site-packages', 'venv', '.venv', '.tox', '.pnpm-store', '.yarn']);
const KEYS = new Set(['*.pem', '*.key', '*.p12', '*.pfx', '*.jks', '*.keystore', '*.kdbx', '*.ppk', '*.ovpn']);

/** Is it in a folder of packages? @param path `/` between its parts. */
export function isInPackages(path: string): boolean {
  return path.split('/').some((part) => PACKAGES.has(part.toLowerCase()));
}

/** @param name folded, of a folder at `place`. @returns the place of what is in it. */
export function placeIn(place: Place, name: string): Place {
  switch (place) {
    case 'own':
      return PACKAGES.has(name) ? 'packages' : name === '.git' ? 'repository' : 'own';
    case 'repository':
      return name === 'refs' ? 'references' : 'repository';
    case 'packages':
    case 'references':
      return place;
  }
}

/** True when `glob`, which is built in, doesn't count there. */
export function isIdle(glob: string, place: Place): boolean {
  if (glob.startsWith('!')) return false;
  switch (place) {
    case 'own':
    case 'repository':
      return false;
    case 'packages':
      return KEYS.has(glob);
    case 'references':
      // No part of a reference's name can begin with a dot (git-check-ref-format), so what does is no branch.
      return !glob.split('/').some((part) => part.startsWith('.'));
  }
}
