// The product's own folders, as far as a workspace could reach them: those that lie inside it. The practice workspace
// lies in the state folder, by a rule of its own; that no other may is for policy and for whoever registers workspaces.

/** @param root and folders absolute, links resolved. */
export function closedBelow(root: string, never: readonly string[]): readonly string[] {
  return never.filter((folder) => folder === root || folder.startsWith(`${root}/`));
}
